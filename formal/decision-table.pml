/* The decision table of section 6.5, made from DecisionTable.ROWS, which the gateway's SQL is
   made from as well. A model says what each fact is for a key k, and what each verdict does.
   After a change: mvn test -pl protocol -Dtest=DecisionModelTest -Dotakey.write=true */
mtype = { CURRENT, COMMIT, COMMIT_RECOVERED, COMMIT_EXPECTED, FENCE, REFUSED, UNKNOWN, SUPERSEDED };
/* row 1 */
#define LINE_1(k) ((EPOCH_EQUAL(k) && TOKEN_EQUAL(k) && ACTIVE(k)))
/* row 2 */
#define LINE_2(k) ((EPOCH_EQUAL(k) && TOKEN_EQUAL(k) && EXPECTED(k)))
/* row 3 */
#define LINE_3(k) ((BARRED(k)))
/* row 4 */
#define LINE_4(k) ((EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && NO_ROW(k) && !POLICY_ALLOWS(k)) || (EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && EXPECTED(k) && !POLICY_ALLOWS(k)) || (EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && ACTIVE(k) && RE_ENROLL_ALLOWED(k) && !POLICY_ALLOWS(k)))
/* row 4 */
#define LINE_5(k) ((EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && NO_ROW(k)) || (EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && EXPECTED(k)) || (EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && ACTIVE(k) && RE_ENROLL_ALLOWED(k)) || (EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ROTATE(k) && ACTIVE(k)))
/* row 5 */
#define LINE_6(k) ((EPOCH_NEXT(k) && GENERATION_PRESENT(k) && KIND_ROTATE(k) && !ATTEMPT_LIVE(k) && ACTIVE(k)))
/* row 5 */
#define LINE_7(k) ((EPOCH_NEXT(k) && GENERATION_PRESENT(k) && KIND_ROTATE(k) && !ATTEMPT_LIVE(k) && EXPECTED(k) && HAS_TOKEN(k)))
/* row 6 */
#define LINE_8(k) ((EPOCH_NEXT(k) && GENERATION_PRESENT(k) && ATTEMPT_LIVE(k) && KIND_ENROLL(k) && ACTIVE(k) && !RE_ENROLL_ALLOWED(k)))
/* row 7 */
#define LINE_9(k) ((IN_RECOVERY(k) && KIND_RECOVER(k) && GENERATION_PRESENT(k) && EPOCH_BEHIND(k) && ATTEMPT_LIVE(k)))
/* row 8 */
#define LINE_10(k) ((EPOCH_AHEAD(k)) || (EPOCH_EQUAL(k) && !RECOVERED_IN_PRESENT(k)) || (EPOCH_EQUAL(k) && !GENERATION_OLDER(k)) || (GENERATION_PRESENT(k) && !ATTEMPT_LIVE(k)))
/* row 9 */
#define LINE_11(k) (1)
#define TO_CONFIRM(k) ( \
  LINE_1(k) -> CURRENT : ( \
  LINE_2(k) -> CURRENT : ( \
  LINE_3(k) -> REFUSED : ( \
  LINE_4(k) -> REFUSED : ( \
  LINE_5(k) -> COMMIT : ( \
  LINE_6(k) -> SUPERSEDED : ( \
  LINE_7(k) -> SUPERSEDED : ( \
  LINE_8(k) -> FENCE : ( \
  LINE_9(k) -> COMMIT_RECOVERED : ( \
  LINE_10(k) -> SUPERSEDED : ( \
  LINE_11(k) -> UNKNOWN : (0))))))))))))
#define TO_POLL_OR_ROTATE(k) ( \
  LINE_1(k) -> CURRENT : ( \
  LINE_2(k) -> SUPERSEDED : ( \
  LINE_3(k) -> REFUSED : ( \
  LINE_4(k) -> REFUSED : ( \
  LINE_5(k) -> COMMIT : ( \
  LINE_6(k) -> COMMIT : ( \
  LINE_7(k) -> COMMIT_EXPECTED : ( \
  LINE_8(k) -> SUPERSEDED : ( \
  LINE_9(k) -> COMMIT_RECOVERED : ( \
  LINE_10(k) -> SUPERSEDED : ( \
  LINE_11(k) -> UNKNOWN : (0))))))))))))
#define TO_ABANDON(k) ( \
  LINE_1(k) -> CURRENT : ( \
  LINE_2(k) -> CURRENT : ( \
  LINE_3(k) -> REFUSED : ( \
  LINE_4(k) -> REFUSED : ( \
  LINE_5(k) -> COMMIT : ( \
  LINE_6(k) -> SUPERSEDED : ( \
  LINE_7(k) -> SUPERSEDED : ( \
  LINE_8(k) -> SUPERSEDED : ( \
  LINE_9(k) -> COMMIT_RECOVERED : ( \
  LINE_10(k) -> SUPERSEDED : ( \
  LINE_11(k) -> UNKNOWN : (0))))))))))))
