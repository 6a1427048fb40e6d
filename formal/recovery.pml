/* OTA-Key/1: recovery after a database loss, every state explored.

   It starts when the database has been emptied, put back to an earlier row (by one
   statement or by many), or holds the id as pre-registered, and the operator has
   raised the generation and chosen recovery. Keys 1 to 6 are from before: 1, 2 and 4
   are the device's of epoch 1, 2 and 3; 3 was granted for epoch 3 and abandoned (its
   CONFIRM is on record); 5 was granted for epoch 4; 6 was granted for epoch 3 to
   somebody who held key 2 while it was current. The device holds one confirmed
   record, one and a stored one, or a lone stored one (five histories). Every recorded
   CONFIRM, POLL and ABANDON may be replayed at any time. An attacker may hold one
   superseded key, do fresh handshakes under it and under all that he is granted, and
   send ABANDON while the row is his; he may hold PK. The row decides by
   decision-table.pml, which is the gateway's. Power cuts and torn flash are in
   updates.pml.

   Checked by assertion:
     I1    some record of the device is the row's key, or committable, or a ROTATE
           under it recovers, or the row is open
     I2    once the device has recovered, no attacker's key is committed
     live  with frames delivered, device and row end on one confirmed key

   N, M: keys granted after the loss to the device, to the attacker. -DNOOLD, -DNOPK:
   no attacker with an old key, with PK. -DCLOSE: recovery ended and a second one
   begun, at will. -DAFRESH: generation raised, database empty, no recovery. -DLOSS:
   the last commit lost once more in a fail-over, which does not always heal. formal/run has the searches, the
   seeded bugs and the limits; formal/README.md says what each is. */
#ifndef N
#define N 1                 /* keys granted to the device after the loss */
#endif
#ifndef M
#define M 1                 /* keys granted to an attacker after the loss */
#endif
#define T (8 + N + M + 4)
#define s_none 0
#define s_expected 1
#define s_active 2

#define POLL 0              /* what is asked */
#define CONFIRM 1
#define ABANDON 2
#define ROTATE 3
#define ENROLL 4

byte kep[T], kat[T], kind[T], gen[T];
bit sc[T], sp[T], ack[T], e6[T], e7[T], his[T], sa[T], a2[T], a6[T];
byte ac[T];
byte a, b; bit aconf = 1;            /* older record (confirmed or not), newer stored record */
byte hb, gkind, gep, gat; bit open;  /* device: open handshake, grant under way */
byte pa; bit r6;                     /* answer to the POLL of rule 6; ROTATE under the stored record: 6 or 7 */
byte hk;                             /* attacker's key: none 0 */
byte nk = 6, nd, na;
byte rst, re, rk, ra, rec, G = 2; bit win = 1; bit shown; bit fin;
byte svd; byte o_rst, o_re, o_rk, o_ra, o_rec; bit o_shown;
/* of one transition */
byte r, i, n, x, w, c, t, who, hist; mtype v;

#include "decision-table.pml"
#define EPOCH_EQUAL(k)       (re == kep[k])
#define EPOCH_NEXT(k)        (re + 1 == kep[k])
#define EPOCH_BEHIND(k)      (re < kep[k])
#define EPOCH_AHEAD(k)       (re > kep[k])
#define TOKEN_EQUAL(k)       (rk == k)
#define HAS_TOKEN(k)         (rk != 0)
#define NO_ROW(k)            (rst == s_none)
#define EXPECTED(k)          (rst == s_expected)
#define ACTIVE(k)            (rst == s_active)
#define BARRED(k)            0
#define KIND_ENROLL(k)       (kind[k] == 1)
#define KIND_ROTATE(k)       (kind[k] == 2)
#define KIND_RECOVER(k)      (kind[k] == 3)
#ifdef BUG_GEN
#define GENERATION_PRESENT(k) 1
#else
#define GENERATION_PRESENT(k) (gen[k] == G)
#endif
#define GENERATION_OLDER(k)  (gen[k] < G)
#define ATTEMPT_LIVE(k)      (kat[k] >= ra)
#define RE_ENROLL_ALLOWED(k) 0
#define POLICY_ALLOWS(k)     1
#define IN_RECOVERY(k)       (win)
#ifdef BUG_TIE
#define RECOVERED_IN_PRESENT(k) 0
#else
#define RECOVERED_IN_PRESENT(k) (rec == G)
#endif
#ifdef BUG_ONCE
#define TIES (rec != 0)       /* recovered in whatever generation */
#else
#define TIES RECOVERED_IN_PRESENT(k)
#endif

#ifdef BUG_CLIMB
#define BASE(k) 1
#else
#define BASE(k) (gen[k] < G)
#endif
/* section 6.6: a ROTATE that recovers */
#define RECOVERS(k) (BASE(k) && ((ACTIVE(k) && TOKEN_EQUAL(k)) || NO_ROW(k) || EPOCH_BEHIND(k) || \
                     (EPOCH_EQUAL(k) && TIES && GENERATION_OLDER(k))))
#ifdef BUG_OLDROW
#define RECOVERING(k) (win && RECOVERS(k) && !(ACTIVE(k) && TOKEN_EQUAL(k)))
#else
#define RECOVERING(k) (win && RECOVERS(k))
#endif
#define LIVE(k) (k != 0 && ((ACTIVE(k) && TOKEN_EQUAL(k)) || TO_CONFIRM(k) == COMMIT || \
                 TO_CONFIRM(k) == COMMIT_RECOVERED || (win && RECOVERS(k)) || (!win && EPOCH_BEHIND(k))))
#define I1 (rst == s_none || (rst == s_expected && !win) || (rst == s_expected && rk != 0) || LIVE(a) || LIVE(b))
#define CHK assert(I1)
#ifdef BUG_ENR
#define ENR (rst == s_none || rst == s_expected)
#else
#ifdef BUG_PREREG
#define ENR (rst == s_expected || (rst == s_none && !win))
#else
#define ENR ((rst == s_expected && (rk != 0 || !win)) || (rst == s_none && !win))
#endif
#endif

inline save() {
#ifdef LOSS
  if
  :: svd == 0 -> if :: svd = 1; o_rst = rst; o_re = re; o_rk = rk; o_ra = ra; o_rec = rec; o_shown = shown; printf("   (will be lost)\n") :: skip fi
  :: svd == 1 -> expire()
  :: else
  fi
#else
  skip
#endif
}
inline expire() { if :: svd == 1 -> svd = 2; o_rst = 0; o_re = 0; o_rk = 0; o_ra = 0; o_rec = 0; o_shown = 0 :: else fi }
inline commit(k, recovered) {
  save();
  printf("   row: commit key %d epoch %d\n", k, kep[k]);
  rst = s_active; re = kep[k]; rk = k; if :: ra < kat[k] -> ra = kat[k] :: else fi; if :: recovered -> rec = G :: else fi;
  if :: his[k] -> assert(!shown) :: !his[k] && recovered -> shown = 1 :: else fi
}
/* the row decides about a frame under k that asks c; r: 1 served or ACK; 6, 7 the error */
inline decide(k) {
  if :: c == CONFIRM -> v = TO_CONFIRM(k) :: c == ABANDON -> v = TO_ABANDON(k) :: else -> v = TO_POLL_OR_ROTATE(k) fi;
  if
#ifdef BUG_CONFIRM_ANY
  :: v == UNKNOWN && win && c == CONFIRM && re < kep[k] -> v = COMMIT
#endif
#ifdef BUG_STUCK
  :: v == SUPERSEDED && re + 1 < kep[k] -> v = UNKNOWN
#endif
#ifdef BUG_HEAL3
  :: v == COMMIT_RECOVERED && c != CONFIRM -> v = UNKNOWN
#endif
  :: else
  fi;
  if
  :: v == CURRENT -> r = 1
  :: v == COMMIT -> commit(k, 0); r = 1
  :: v == COMMIT_RECOVERED -> commit(k, 1); r = 1
  :: v == COMMIT_EXPECTED -> commit(k, 0); rst = s_expected; r = 7
  :: v == FENCE -> expire(); ra = kat[k] + 1; r = 7
  :: v == UNKNOWN -> r = 6
  :: v == SUPERSEDED -> r = 7
  fi
}
/* a frame under w that asks c, about t. POLL, CONFIRM, ABANDON: r as decide(). ROTATE and ENROLL:
   r = 1 with the grant in gkind, gep, gat, or the error */
inline answer() {
  if
  :: c == ENROLL -> if :: ENR -> gkind = 1; gep = re + 1; gat = ra; r = 1 :: else -> r = 5 fi
  :: c == ROTATE && RECOVERING(w) -> gkind = 3; gep = kep[w] + 1; gat = ra; r = 1
  :: else -> decide(w);
     if
     :: c == ABANDON && r == 1 -> expire(); if :: ra < kat[t] + 1 -> ra = kat[t] + 1 :: else fi
     :: c == ROTATE && r == 1 && win && gen[w] == G -> r = 8
     :: c == ROTATE && r == 1 && !(win && gen[w] == G) -> gkind = 2; gep = re + 1; gat = ra
     :: else
     fi
  fi
}
inline key(k, e, kd, at, g) { kep[k] = e; kind[k] = kd; kat[k] = at; gen[k] = g }
inline drop() { open = 0; hb = 0; gkind = 0; gep = 0; gat = 0 }
inline forget(k) { ack[k] = 0; e6[k] = 0; e7[k] = 0; a2[k] = 0; a6[k] = 0 }
inline take() {
  nk++; key(nk, gep, gkind, gat, G);
  if :: b != 0 -> if :: a != 0 -> forget(a) :: else fi; a = b; aconf = 0 :: else fi; b = nk; pa = 0; r6 = 0; drop()
}
inline confirmed(k) { forget(k); if :: k == b && a != 0 -> forget(a) :: else fi; if :: k == b -> a = b; b = 0 :: else fi; aconf = 1; pa = 0; r6 = 0; drop() }
inline wiped(k) { forget(k); if :: k == b -> b = 0 :: else -> a = 0 fi; pa = 0; r6 = 0; drop();
  if :: a == 0 || aconf -> skip :: else -> if :: b == 0 -> b = a; a = 0 :: else fi fi;
  if :: a == 0 -> aconf = 0 :: else fi }
inline done() { r = 0; i = 0; x = 0; w = 0; c = 0; t = 0; who = 0; v = 0 }

active proctype World()
{
  d_step { key(1,1,1,0,1); key(2,2,2,0,1); key(3,3,2,0,1); key(4,3,2,1,1); key(5,4,2,1,1); key(6,3,2,0,1) }
  atomic {
    if :: hist = 1; a = 1; sc[1] = 1
       :: hist = 2; a = 2; b = 4; sc[1] = 1; sc[2] = 1; sc[3] = 1; sp[1] = 1; sp[2] = 1
       :: hist = 3; a = 4; sc[1] = 1; sc[2] = 1; sc[3] = 1; sc[4] = 1; sp[1] = 1; sp[2] = 1; sp[4] = 1
       :: hist = 4; a = 4; b = 5; sc[1] = 1; sc[2] = 1; sc[3] = 1; sc[4] = 1; sp[1] = 1; sp[2] = 1; sp[4] = 1
       :: hist = 0; aconf = 0; b = 1
    fi;
    if :: skip                                     /* database empty */
#ifndef AFRESH
       :: rst = s_expected                           /* pre-registered, from the configuration */
       :: hist >= 2 -> rst = s_active; re = 1; rk = 1
       :: hist >= 2 -> rst = s_active; re = 2; rk = 2
       :: hist >= 2 -> rst = s_active; re = 2; rk = 2; ra = 1
       :: hist >= 2 -> rst = s_active; re = 3; rk = 4; ra = 1
       :: hist >= 2 -> rst = s_expected; re = 2; rk = 2; ra = 1
       :: hist >= 2 -> rst = s_expected; re = 3; rk = 4; ra = 2
#endif
    fi;
#ifdef AFRESH
    win = 0;
#endif
    if :: rst == s_active -> rec = 1 :: skip fi;   /* recovered once before, in generation 1 */
#ifndef NOOLD
    if :: skip :: hist >= 2 -> hk = 1; his[1] = 1 :: hist >= 3 -> hk = 2; his[2] = 1
       :: rst == s_active && re == 3 -> hk = 6; his[6] = 1   /* beside the row's own key */
#ifdef TIE
       :: hist >= 3 -> hk = 6; his[6] = 1
#endif
    fi;
#endif
    printf("start: hist %d device %d %d row %d e%d k%d a%d, attacker holds %d\n", hist, a, b, rst, re, rk, ra, hk); CHK }
  do
  /* device */
  :: atomic { !fin && open -> drop() }
  :: atomic { !fin && !open && b == 0 && a != 0 -> sp[a] = 1; hb = a; open = 1; printf("dev: POLL/ROTATE under %d\n", hb) }   /* [D2] [D3] */
  :: atomic { !fin && !open && b == 0 -> open = 1; printf("dev: ENROLL\n") }   /* [D4] [D5] [D31] */
  :: atomic { !fin && !open && b != 0 && a == 0 -> open = 1; printf("dev: silence for %d, ENROLL beside it\n", b) }   /* [D18] */
  /* rule 6 */
  :: atomic { !fin && b != 0 && a != 0 && aconf && !sa[b] -> sa[b] = 1; ac[b] = a; printf("dev: ABANDON %d under %d\n", b, a) }   /* [D9] [D20] */
  :: atomic { !fin && pa != 0 -> pa = 0 }
  :: atomic { !fin && b != 0 && a != 0 && aconf && a6[b] && pa != 6 -> pa = 6; printf("dev: ERROR 6 to ABANDON of %d three times\n", b) }   /* [D23] */
  :: atomic { !fin && !open && b != 0 && e6[b] && (pa == 6 || !aconf) -> sp[b] = 1; hb = b; open = 1; printf("dev: ERROR 6 again, ROTATE under stored %d\n", hb) }   /* [D24] [D25] */
#ifndef BUG_RULE6
  :: atomic { !fin && !open && b != 0 && r6 -> open = 1; printf("dev: ROTATE under stored was 6 or 7, ENROLL\n") }   /* [D26] [D27] */
#endif
  :: atomic { !fin && open && gkind != 0 && nd < N -> nd++; take(); printf("dev: stores %d (epoch %d), older %d\n", b, kep[b], a); CHK }   /* [D6] [D28] */
  :: atomic { !fin && !open && b != 0 && !sc[b] -> sc[b] = 1; printf("dev: CONFIRM %d\n", b) }   /* [D10] */
  :: atomic { !fin && !open && b != 0 && a != 0 && !aconf && !sc[a] -> sc[a] = 1; printf("dev: CONFIRM %d\n", a) }   /* [D19] */
  :: atomic { !fin && b != 0 && ack[b] -> printf("dev: ACK for %d\n", b); confirmed(b); CHK }   /* [D11] */
  :: atomic { !fin && a != 0 && !aconf && ack[a] -> printf("dev: ACK for %d\n", a); confirmed(a); CHK }   /* [D29] */
  :: atomic { !fin && b != 0 && e7[b] -> printf("dev: ERROR 7 for %d, wiped\n", b); wiped(b); CHK }   /* [D12] [D13] */
  :: atomic { !fin && a != 0 && !aconf && e7[a] -> printf("dev: ERROR 7 for %d, wiped\n", a); wiped(a); CHK }   /* [D30] */
  :: atomic { !fin && b != 0 && a2[b] -> printf("dev: ACK 2 for %d, wiped\n", b); wiped(b); CHK }   /* [D21] */
  /* the gateway answers: the device's open request, any frame ever sent, a handshake of the attacker's */
  :: atomic { !fin ->
       if
       :: !open && b != 0 && e6[b] && a != 0 && aconf && pa == 0 -> sp[a] = 1; w = a; c = POLL; who = 1
       :: open && gkind == 0 -> w = hb; who = 2; if :: hb != 0 -> c = ROTATE :: else -> c = ENROLL fi
       :: i = 1; do :: i < nk -> i++ :: break od;
          if
          :: sc[i] -> w = i; c = CONFIRM
          :: sp[i] -> w = i; c = POLL
          :: sa[i] -> w = ac[i]; c = ABANDON; t = i
          :: !open && hk != 0 && his[i] && win && na < M -> w = i; c = ROTATE; who = 3
          fi
#ifndef NOPK
       :: !open && win && na < M && rk == 0 -> c = ENROLL; who = 3
#endif
       fi;
       answer();
       printf("gw: %d under %d about %d: %d (row %d e%d k%d a%d)\n", c, w, t, r, rst, re, rk, ra);
       if
       :: who == 1 -> if :: r == 1 || r == 6 || r == 7 -> pa = r :: else fi
       :: who == 2 -> if :: w != 0 && (r == 6 || r == 7) && w == b -> r6 = 1; drop() :: else fi
       :: who == 3 -> if :: r == 1 -> na++; nk++; key(nk, gep, gkind, gat, G); his[nk] = 1; sc[nk] = 1; if :: w != 0 -> sp[nk] = 1 :: else fi;
                            drop(); printf("att: granted %d under %d\n", nk, w)
                         :: else fi
       :: who == 0 && c == CONFIRM && (i == a || i == b) ->
            if :: r == 1 -> ack[i] = 1 :: r == 6 -> e6[i] = 1 :: r == 7 -> e7[i] = 1 :: else fi
       :: who == 0 && c == ABANDON && i == b ->
            if :: r == 1 -> a2[i] = 1 :: r == 6 && w == a -> a6[i] = 1 :: else fi
       :: else
       fi;
       done(); CHK }
  /* attacker with an old key */
  :: atomic { !fin && hk != 0 && !sc[hk] -> sc[hk] = 1; sp[hk] = 1 }
  :: atomic { !fin && hk != 0 && rst == s_active && his[rk] && ra < 2 -> ra++; expire(); printf("att: ABANDON under %d, attempt %d\n", rk, ra); CHK }
  /* operator */
#ifdef CLOSE
  :: atomic { !fin && win -> win = 0; printf("op: recovery ended\n"); CHK }
  :: atomic { !fin && !win && G < 3 -> G++; win = 1; printf("op: generation raised, recovery\n"); CHK }
#endif
#ifdef LOSS
  :: atomic { !fin && svd == 1 -> rst = o_rst; re = o_re; rk = o_rk; ra = o_ra; rec = o_rec; shown = o_shown; expire(); printf("db: fail-over, last commit lost\n"); CHK }
#endif
  /* calm: everything is delivered once and answered at once */
  :: atomic { !fin -> fin = 1; printf("calm\n");
     d_step { drop(); pa = 0; r6 = 0; n = 0; expire(); svd = 2;
#ifndef AFRESH
       if :: !win -> G++; win = 1 :: else fi;
#endif
       c = 9;
       do
       :: n >= 40 -> break
       :: else -> n++;
          if
          :: c != 9                                              /* as the last turn says */
          :: c == 9 && b != 0 -> w = b; c = CONFIRM
          :: c == 9 && b == 0 && a != 0 -> w = a; c = POLL
          :: c == 9 && b == 0 && a == 0 -> w = 0; c = ENROLL; if :: rst != s_active && win -> win = 0 :: else fi
          fi;
          answer();
          if
          :: c == CONFIRM ->
             if :: r == 1 -> confirmed(b); c = 9
                :: r == 7 -> wiped(b); c = 9
                :: r == 6 && pa == 0 && a != 0 && aconf -> w = a; c = POLL
                :: r == 6 && (pa == 1 || pa == 7) -> w = a; c = ABANDON; t = b
                :: r == 6 && (pa == 6 || a == 0 || !aconf) -> pa = 0; w = b; c = ROTATE
                :: else -> n = 50
             fi
          :: c == POLL && b != 0 -> pa = r; c = 9
          :: c == POLL && b == 0 -> if :: r == 1 -> n = 99 :: else -> c = ROTATE fi
          :: c == ABANDON ->
             if :: r == 1 -> wiped(b); c = 9
                :: r == 6 -> pa = 6; c = 9
                :: else -> n = 50
             fi
          :: c == ROTATE || c == ENROLL ->
             if :: r == 1 -> take(); c = 9
#ifdef BUG_RULE6
                :: r != 1 && c == ROTATE && b == 0 -> w = 0; c = ENROLL
#else
                :: r != 1 && c == ROTATE && (b == 0 || r == 6 || r == 7) -> w = 0; c = ENROLL
#endif
                :: else -> n = 50
             fi
          fi
       od }
     assert(n == 99 && rk == a && rst == s_active) }
  od
}
