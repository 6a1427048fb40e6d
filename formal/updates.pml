/* OTA-Key/1: updates of one device's key, every state explored.

   One device with two flash slots, one row on one primary, a network that loses,
   delays and repeats: every frame ever sent may reach the gateway at any later
   time and any number of times, every answer to CONFIRM or ABANDON may reach the
   device at any later time. The device may lose power before every step (flash
   stays, RAM goes; a STORED word cut short reads either way until STORED2 is
   set, a CONFIRMED word until it is programmed once more at boot). Free
   transitions: block, unblock, reset, reset withdrawn or ended, removal and a new
   owner, re-enrollment of an active row approved and ended, enrollments closed and
   opened by policy (-DPOLICY), a commit lost in a fail-over (once), a login that
   fails, a device that gives up, a lone stored record in silence that enrolls
   beside itself, a holder of superseded keys who sends CONFIRM, POLL, ROTATE and
   ABANDON of his own making. The row decides by decision-table.pml, which is the
   gateway's. Cryptography is left to the .pv models: an answer here is one whose
   mac is right. How other words of flash waver is for the
   power cut tests of the code. Lost databases: recovery.pml.

   Checked by assertion, in every state:
     I1    bricked never: some readable record of the device is the row's current
           key, or a key that CONFIRM (any record) or POLL (a confirmed one) would
           commit now, or the row lets the device enroll. A bar and a closed policy
           are judged as if they were lifted.
     I2    a key is not served, acknowledged or committed once a successor is
           committed, nor after a 7 to its CONFIRM (not claimed after a lost commit)
     I3    frames under superseded keys, and repeated ones that were answered by
           ACK or 7, leave status, epoch and attempt as they were
     live  from every state in which the device boots, with no more cuts, replays
           and operator actions, bars lifted, frames delivered: device and row end
           on one key, CONFIRMED, no other record left
     no ROTATE is sent under an unconfirmed record, and no ABANDON is answered 6
     (both are for recovery.pml)

   K: keys the device stores, OPS: operator actions. formal/run has the searches,
   the seeded bugs (-DBUG_...) and the limits that section 1 of the protocol names;
   formal/README.md says what each is. */
#ifndef K
#define K 2                 /* keys the device ever stores before the calm */
#endif
#ifndef OPS
#define OPS 2               /* operator actions */
#endif
#ifndef EM
#define EM 3                /* the highest epoch that is granted */
#endif

#define EMPTY 0             /* a slot */
#define TORN 1              /* being erased or written */
#define MARG 2              /* STORED word cut short: reads set or not, as it likes */
#define STORED 3
#define VERIFIED 4
#define CMARG 5             /* CONFIRMED word cut short, and reads as blank now */
#define CREAD 6             /* the same, and reads as set */
#define CONFD 7

#define s_none 0            /* the row */
#define s_expected 1
#define s_active 2

#define POLL 0              /* what is asked; ROTATE counts as POLL */
#define CONFIRM 1
#define ABANDON 2

mtype = { boot, idle, wait, pollw, write1, write2, write3, login, conf, aband, mark, mark2, clean, pollc };

/* device, flash */
byte st[2]; byte ky[2]; bit nw;       /* nw: the slot written last (sequence number) */
#ifdef BUG_STORED2
bit mg[2];
#endif
/* device, RAM */
mtype mode = boot;
byte cs = 2, os = 0, hb, gk;      /* current slot (2: none), other slot, key of the open handshake */
byte gkind, gep, gat;             /* the grant under way to the open handshake */
byte pa;                          /* the answer under way to the open POLL */
/* keys that the device stored */
byte nk; byte kep[K+4], kat[K+4], kind[K+4]; bit kf[K+4];
bit dead[K+4];
/* frames ever sent, answers ever given: all of them stay deliverable */
bit sc[K+4], sp[K+4], sa[K+4];    /* CONFIRM k; POLL or ROTATE under k; ABANDON of k */
byte ac[K+4];                     /* key under which k was abandoned */
bit ack[K+4], e6[K+4], e7[K+4], a2[K+4], a7[K+4];
/* gateway: the row */
byte rst = s_none, re, rk, ra; bit bar, opn, shut;
/* fail-over */
byte svd; byte o_rst, o_re, o_rk, o_ra; bit o_opn; bit lost;
byte ops;
bit fin;
/* of one transition */
byte r, i, n, lf, w, c, t, row, foreign; mtype v;

#include "decision-table.pml"
#define EPOCH_EQUAL(k)       (re == kep[k])
#define EPOCH_NEXT(k)        (re + 1 == kep[k])
#define EPOCH_BEHIND(k)      (re < kep[k])
#define EPOCH_AHEAD(k)       (re > kep[k])
#define TOKEN_EQUAL(k)       (rk == k)
#define HAS_TOKEN(k)         (rk != 0)
#define NO_ROW(k)            (rst == s_none)
#define EXPECTED(k)          (rst == s_expected && !bar)
#define ACTIVE(k)            (rst == s_active && !bar)
#define BARRED(k)            (bar)
#define KIND_ENROLL(k)       (kind[k] == 1)
#define KIND_ROTATE(k)       (kind[k] == 2)
#define KIND_RECOVER(k)      0
#define GENERATION_PRESENT(k) 1
#define GENERATION_OLDER(k)  0
#define ATTEMPT_LIVE(k)      (kat[k] >= ra)
#define RE_ENROLL_ALLOWED(k) (opn)
#define POLICY_ALLOWS(k)     (!shut)
#define IN_RECOVERY(k)       0
#define RECOVERED_IN_PRESENT(k) 0

#ifdef BUG_EPOCH
#define NEWER(a, b) (kep[ky[a]] > kep[ky[b]])
#else
#define NEWER(a, b) (nw == a)
#endif
#define VALID(s) (st[s] >= STORED)
#define CONF(s)  (st[s] >= CREAD)
#define ENROLLS  (rst == s_none || rst == s_expected || opn)
/* as if bar and policy were lifted: the row's key, or one that is committed; EXPECTED enrolls */
#define SERVES(k) (rst == s_active && (rk == k || (re + 1 == kep[k] && kat[k] >= ra && kind[k] == 2)))
#define HEALS(k)  (rst == s_active && re + 1 == kep[k] && kind[k] == 2)
#define ACC(s)  (VALID(s) && (SERVES(ky[s]) || (st[s] == CONFD && HEALS(ky[s]))))
#define I1 (ENROLLS || ACC(0) || ACC(1))
#ifdef CLONE
#define CHK
#else
#define CHK assert(I1)
#endif
#define ROW (rst + 4 * re + 16 * ra + 128 * bar)

inline expire() { if :: svd == 1 -> svd = 2; o_rst = 0; o_re = 0; o_rk = 0; o_ra = 0; o_opn = 0 :: else fi }
inline save()
{
  if
  :: svd == 0 -> if :: svd = 1; o_rst = rst; o_re = re; o_rk = rk; o_ra = ra; o_opn = opn; printf("   (this statement will be lost)\n") :: skip fi
  :: svd == 1 -> expire()
  :: else
  fi
}
inline commit(k)
{
#ifdef LOST_REENROLL
  save();
#else
  if :: kind[k] == 2 || rst == s_none -> save() :: else -> expire() fi;
#endif
  if :: rk != 0 -> dead[rk] = 1 :: else fi;
#ifdef CLONE
  assert(lost || !dead[k]);
#else
  assert(lost || (!dead[k] && !e7[k]));
#endif
  printf("   row: commit key %d epoch %d\n", k, kep[k]);
  rst = s_active; re = kep[k]; rk = k; opn = 0;
#ifdef BUG_SINK
  ra = kat[k]
#else
  if :: ra < kat[k] -> ra = kat[k] :: else fi
#endif
}
/* seeded bugs of the table */
inline misread(k)
{
  if
#ifdef BUG_7BAR
  :: bar -> v = SUPERSEDED
#endif
#ifdef BUG_OWN
  :: LINE_2(k) -> v = SUPERSEDED
#endif
#ifdef BUG_ABEXP
  :: LINE_2(k) && c == ABANDON -> v = SUPERSEDED
#endif
#ifdef BUG_7BEHIND
  :: v == UNKNOWN -> v = SUPERSEDED
#endif
#ifdef BUG_HEAL
  :: v == COMMIT && kat[k] < ra -> v = UNKNOWN
#endif
#ifdef BUG_FENCE
  :: c == CONFIRM && rst == s_active && !bar && !opn && re + 1 == kep[k] && kind[k] == 1 -> v = FENCE
#endif
#ifdef BUG_REOPEN
  :: LINE_8(k) && !bar -> v = UNKNOWN
#endif
#ifdef BUG_OUTRUN
  :: v == SUPERSEDED && re + 1 < kep[k] -> v = UNKNOWN
#endif
  :: else
  fi
}
/* the row decides about a frame under k; r: 1 served or ACK; 4, 6, 7 the error */
inline decide(k)
{
  if :: c == CONFIRM -> v = TO_CONFIRM(k) :: c == POLL -> v = TO_POLL_OR_ROTATE(k) :: else -> v = TO_ABANDON(k) fi;
  misread(k);
  if
  :: v == CURRENT -> r = 1; assert(lost || rst != s_active || !dead[k])
  :: v == COMMIT -> commit(k); r = 1
  :: v == COMMIT_EXPECTED -> commit(k); rst = s_expected; r = 7
  :: v == FENCE -> expire();
#ifdef BUG_FENCE
     ra++;
#else
     ra = kat[k] + 1;
#endif
     r = 7
  :: v == REFUSED -> r = 4
  :: v == UNKNOWN -> r = 6
  :: v == SUPERSEDED -> r = 7
  fi
}
/* ABANDON served: attempt is raised above that of t */
inline raise()
{
  skip;
#ifndef BUG_ABANDON
#ifdef LOSEALL
  save();
#else
  expire();
#endif
  if :: ra < kat[t] + 1 -> ra = kat[t] + 1 :: else fi
#endif
}
/* a frame under w that asks c, about t; r as decide() */
inline answer()
{
#ifdef BUG_ABTABLE
  if :: c == ABANDON -> if :: rst == s_active && re == kep[w] + 1 && rk == t && !bar -> r = 7 :: else -> r = 1 fi
     :: else -> decide(w) fi;
#else
  decide(w);
#endif
  if :: c == ABANDON && r == 1 -> raise() :: else fi
}

/* rule 4: the newest confirmed record is current, older ones go, a newer one is unfinished */
inline doboot()
{
  mode = idle; cs = 2; os = 0; hb = 0; gk = 0; gkind = 0; gep = 0; gat = 0; pa = 0;
  if :: VALID(0) && VALID(1) && CONF(0) && CONF(1) ->
#ifdef BUG_EPOCH
       if :: kep[ky[0]] > kep[ky[1]] -> cs = 0 :: else -> cs = 1 fi;
#else
       cs = nw;
#endif
       st[1 - cs] = EMPTY; ky[1 - cs] = 0
     :: else -> if :: CONF(0) -> cs = 0 :: CONF(1) -> cs = 1 :: else fi
  fi;
  if :: cs != 2 -> os = 1 - cs;
        if :: VALID(os) && NEWER(os, cs) -> gk = ky[os] :: else fi
     :: else -> if :: VALID(0) && VALID(1) -> os = nw; gk = ky[os]
                   :: VALID(0) && !VALID(1) -> os = 0; gk = ky[0]
                   :: VALID(1) && !VALID(0) -> os = 1; gk = ky[1]
                   :: else fi
  fi;
  if :: VALID(0) && !VALID(1) -> nw = 0 :: VALID(1) && !VALID(0) -> nw = 1 :: else fi;
#ifndef BUG_OLDREC
  if :: cs != 2 && gk == 0 && VALID(os) -> st[os] = EMPTY; ky[os] = 0 :: else fi;
#endif
  if :: gk != 0 -> mode = conf; if :: kf[gk] && st[os] == STORED -> mode = login :: else fi :: else fi
}
/* how words that were cut short read at this power-on */
inline waver(s)
{
  if :: st[s] == MARG -> if :: st[s] = STORED :: skip fi
     :: st[s] == CMARG || st[s] == CREAD ->
#ifdef BUG_CONFIRMED
        if :: st[s] = CREAD :: st[s] = CMARG fi
#else
        if :: st[s] = CONFD :: st[s] = CMARG fi   /* set: programmed once more */
#endif
     :: else
  fi
}
inline drop() { hb = 0; gkind = 0; gep = 0; gat = 0; pa = 0 }
inline newkey() { nk++; gk = nk; kep[nk] = gep; kat[nk] = gat; kind[nk] = gkind }
inline wipe() { st[os] = EMPTY; ky[os] = 0; mode = boot; gk = 0; pa = 0 }
inline cut() { mode = boot; cs = 2; os = 0; gk = 0; drop() }
inline forget() { r = 0; i = 0; n = 0; lf = 0; w = 0; c = 0; t = 0; row = 0; v = 0; foreign = 0 }

active proctype World()
{
  do
  :: atomic { !fin && mode == boot ->
#ifdef BUG_STORED2
       if :: mg[0] -> st[0] = EMPTY; ky[0] = 0; mg[0] = 0 :: mg[1] -> st[1] = EMPTY; ky[1] = 0; mg[1] = 0 :: skip fi;
       if :: st[0] == MARG -> st[0] = STORED; mg[0] = 1 :: st[1] == MARG -> st[1] = STORED; mg[1] = 1 :: skip fi;
#endif
       waver(0); waver(1);
#ifndef BUG_MARG
       if :: st[0] < STORED -> st[0] = EMPTY; ky[0] = 0 :: else fi;
       if :: st[1] < STORED -> st[1] = EMPTY; ky[1] = 0 :: else fi;
#endif
       d_step { doboot() }; printf("dev: boot, slots %d/%d %d/%d\n", st[0], ky[0], st[1], ky[1]); CHK }
  :: atomic { !fin && mode != boot -> printf("dev: power cut\n"); cut() }   /* [D1] */

  /* ---- device asks ---- */
  :: atomic { !fin && mode == idle && cs != 2 -> sp[ky[cs]] = 1; mode = pollw; printf("dev: POLL under %d\n", ky[cs]) }   /* [D2] */
  :: atomic { !fin && mode == pollw -> mode = idle; drop() }
  :: atomic { !fin && mode == idle && cs != 2 && nk < K -> sp[ky[cs]] = 1; hb = ky[cs]; mode = wait; printf("dev: ROTATE under %d\n", hb) }   /* [D3] */
  :: atomic { !fin && mode == idle && nk < K -> hb = 0; mode = wait; printf("dev: ENROLL\n") }   /* [D4] [D5] [D31] */
  :: atomic { !fin && mode == wait && gk == 0 -> mode = idle; drop() }
  :: atomic { !fin && mode == wait && gk != 0 -> mode = conf; drop() }
  :: atomic { !fin && mode == wait && gkind == 0 && hb == 0 && re < EM && !bar && !shut && ENROLLS ->
       gkind = 1; gep = re + 1; gat = ra; printf("gw: GRANT kind 1 epoch %d attempt %d under way\n", gep, gat) }
  /* ---- device takes the grant ---- */
  :: atomic { !fin && mode == wait && gkind != 0 && nk < K && (hb == 0 || gep == kep[hb] + 1) ->
       newkey();
#ifndef NOLOGIN
       if :: gkind == 2 -> kf[nk] = 1 :: skip fi;
#endif
       drop(); mode = write1;
#ifdef BUG_POLL7
       if :: cs != 2 && os != cs && VALID(os) -> cs = 2 :: else fi;
#endif
       if :: cs != 2 -> os = 1 - cs :: else -> os = 1 - nw fi;   /* other slot; the older of two */
#ifdef BUG_STORED2
       mg[os] = 0;
#endif
       printf("dev: takes it as key %d flag %d, slot %d\n", nk, kf[nk], os) }   /* [D6] */
  :: atomic { !fin && mode == write1 -> st[os] = TORN; ky[os] = 0; mode = write2;
#ifdef BUG_ERASE
       if :: cs != 2 -> st[cs] = EMPTY :: else fi;
#endif
       CHK }
  :: atomic { !fin && mode == write2 -> st[os] = MARG; ky[os] = gk; nw = os; mode = write3 }
  :: atomic { !fin && mode == write3 -> st[os] = STORED; if :: kf[gk] -> mode = login :: else -> mode = conf fi; printf("dev: key %d stored\n", gk) }   /* [D6] */
  :: atomic { !fin && mode == login -> st[os] = VERIFIED; mode = conf; printf("dev: key %d login works\n", gk) }   /* [D7] */
  :: atomic { !fin && mode == login && cs != 2 -> mode = aband; printf("dev: key %d login fails\n", gk) }   /* [D8] */
  :: atomic { !fin && mode == conf && cs != 2 && VALID(cs) -> mode = aband; printf("dev: key %d silence, give up\n", gk) }   /* [D9] */
  :: atomic { !fin && mode == conf && !sc[gk] -> sc[gk] = 1; printf("dev: CONFIRM %d\n", gk);   /* [D10] */
#ifdef BUG_ZERO
       if :: cs != 2 -> st[cs] = EMPTY; ky[cs] = 0; cs = 2 :: else fi;
#endif
       CHK }
  :: atomic { !fin && mode == conf && ack[gk] -> mode = mark; printf("dev: ACK for %d arrives\n", gk) }   /* [D11] */
  :: atomic { !fin && mode == conf && e7[gk] -> printf("dev: ERROR 7 for %d arrives, wiped\n", gk); wipe(); CHK }   /* [D12] [D13] */
#ifdef BUG_UNAUTH
  :: atomic { !fin && mode == conf -> printf("dev: forged error for %d arrives, wiped\n", gk); wipe(); CHK }   /* [D14] */
#endif
  /* rule 6 */
#ifdef BUG_E6
  :: atomic { !fin && mode == conf && e6[gk] && nk < K -> sp[gk] = 1; hb = gk; mode = wait; cs = os; printf("dev: ERROR 6, ROTATE under stored %d\n", hb) }   /* [D15] */
#else
  :: atomic { !fin && mode == conf && e6[gk] && pa == 0 && cs != 2 -> sp[ky[cs]] = 1; mode = pollc; printf("dev: ERROR 6, POLL under %d\n", ky[cs]) }   /* [D15] */
  :: atomic { !fin && mode == pollc -> mode = conf; pa = 0 }
  :: atomic { !fin && mode == conf && e6[gk] && (pa == 1 || pa == 7) && cs != 2 -> pa = 0; mode = aband; printf("dev: ERROR 6 again, POLL was served or superseded, give %d up\n", gk) }   /* [D16] [D17] */
#ifdef BUG_POLL7
  :: atomic { !fin && mode == conf && e6[gk] && pa == 7 && nk < K -> pa = 0; hb = 0; mode = wait; printf("dev: ERROR 6 again, POLL 7, ENROLL over the older\n") }   /* [D17] */
#endif
  :: atomic { !fin && mode == conf && e6[gk] && (pa == 6 || cs == 2) -> assert(false) }   /* ROTATE under it: recovery.pml */
#endif
  /* a lone stored record in silence: ENROLL into the other slot; two: in turn */
  :: atomic { !fin && mode == conf && cs == 2 && !VALID(1 - os) && nk < K -> hb = 0; mode = wait; printf("dev: silence for %d, ENROLL beside it\n", gk) }   /* [D18] */
#ifdef THIRD
  :: atomic { !fin && mode == conf && cs == 2 && VALID(1 - os) && nk < K -> hb = 0; mode = wait; printf("dev: silence for both, ENROLL over the older\n") }   /* [D19] */
#endif
  :: atomic { !fin && mode == conf && cs == 2 && VALID(1 - os) -> os = 1 - os; gk = ky[os]; printf("dev: now the other, %d\n", gk) }   /* [D19] */
  :: atomic { !fin && mode == aband && !sa[gk] -> sa[gk] = 1; ac[gk] = ky[cs]; printf("dev: ABANDON %d under %d\n", gk, ky[cs]) }   /* [D20] */
  :: atomic { !fin && mode == aband && a2[gk] -> printf("dev: ACK 2 for %d arrives, wiped\n", gk); wipe(); CHK }   /* [D21] */
  :: atomic { !fin && mode == aband && a7[gk] -> mode = conf; printf("dev: ERROR 7 to ABANDON of %d arrives\n", gk) }   /* [D22] */
  :: atomic { !fin && mode == mark -> st[os] = CMARG; mode = mark2; CHK }
  :: atomic { !fin && mode == mark2 -> st[os] = CONFD; mode = clean; printf("dev: %d CONFIRMED\n", gk); CHK }   /* [D11] */
#ifdef BUG_CONFIRMED
  :: atomic { !fin && mode == mark2 -> mode = boot; st[os] = CREAD; cs = 2; os = 0; gk = 0 }
#endif
  :: atomic { !fin && mode == clean -> if :: nw == os -> st[1 - os] = EMPTY; ky[1 - os] = 0 :: else fi;
       mode = boot; cs = 2; os = 0; gk = 0; CHK }

  /* ---- the gateway answers: the device's open POLL or ROTATE, any frame ever sent, or what a
          holder of a superseded key makes ---- */
  :: atomic { !fin ->
       if
       :: mode == pollc -> w = ky[cs]; c = POLL; i = 0
       :: mode == wait && gkind == 0 && hb != 0 -> w = hb; c = POLL; i = 0
       :: nk > 0 -> i = 1; do :: i < nk -> i++ :: break od;
            if
            :: sc[i] -> w = i; c = CONFIRM
            :: sp[i] -> w = i; c = POLL
            :: sa[i] -> w = ac[i]; c = ABANDON; t = i
#ifndef NOOLD
            :: !lost && dead[i] -> w = i; foreign = 1; kat[0] = 3; if :: c = CONFIRM :: c = POLL :: c = ABANDON fi
#endif
            fi
       fi;
       row = ROW;
       answer();
       kat[0] = 0;
       printf("gw: %d under %d about %d: %d (row %d e%d k%d a%d bar%d opn%d)\n", c, w, t, r, rst, re, rk, ra, bar, opn);
       if
       :: foreign -> assert(row == ROW)
       :: !foreign && i == 0 && mode == pollc ->
            if :: r == 1 || r == 6 || r == 7 -> pa = r :: else -> pa = 0 fi; mode = conf
       :: !foreign && i == 0 && mode == wait ->
            if :: r == 1 && re < EM -> gkind = 2; gep = re + 1; gat = ra; printf("gw: GRANT kind 2 epoch %d attempt %d under way\n", gep, gat) :: else fi
       :: !foreign && i != 0 && c == CONFIRM ->
            assert(lost || !(e7[i] || ack[i]) || row == ROW);
            if :: r == 1 -> ack[i] = 1 :: r == 6 -> e6[i] = 1 :: r == 7 -> e7[i] = 1 :: else fi
       :: !foreign && i != 0 && c == ABANDON ->
            assert(lost || !a2[i] || row == ROW); assert(r != 6);
            if :: r == 1 -> a2[i] = 1 :: r == 7 -> a7[i] = 1 :: else fi
       :: else
       fi;
       forget(); CHK }
#ifdef CLONE
  :: atomic { !fin && rst == s_active && !bar && nk < K && re < EM -> nk++; kep[nk] = re + 1; kat[nk] = ra; kind[nk] = 2; sc[nk] = 1; sp[nk] = 1 }
  :: atomic { !fin && rst == s_active && !bar && ra < 3 -> kat[0] = 2; w = rk; c = ABANDON; answer(); kat[0] = 0; forget() }
#endif
  /* ---- operator ---- */
  :: atomic { !fin && ops < OPS && rst != s_none && !bar -> bar = 1; ops++; expire(); printf("op: block\n") }
  :: atomic { !fin && bar -> bar = 0; expire(); printf("op: unblock\n"); CHK }
  :: atomic { !fin && ops < OPS && rst != s_none -> ops++; bar = 0; rst = s_expected; opn = 0; expire(); ra++;
       if :: rk != 0 -> dead[rk] = 1; rk = 0 :: else fi; printf("op: removed, then expected for a new owner\n"); CHK }
  :: atomic { !fin && ops < OPS && rst == s_active -> ops++; rst = s_expected; opn = 0; expire(); printf("op: reset\n");
#ifndef BUG_RESET
       ra++;
#endif
       CHK }
  :: atomic { !fin && rst == s_expected && rk != 0 -> rst = s_active; expire(); printf("op: reset withdrawn\n");
#ifndef BUG_WITHDRAW
       ra++;
#endif
       CHK }
#ifndef NOAPPR
  :: atomic { !fin && ops < OPS && rst == s_active && !opn -> ops++; opn = 1; expire(); printf("op: re-enrollment approved\n") }
#endif
  :: atomic { !fin && opn -> opn = 0; expire(); printf("op: approval ended\n"); CHK }
#ifdef POLICY
  :: atomic { !fin && ops < OPS && !shut -> ops++; shut = 1; printf("op: enrollments closed\n") }
  :: atomic { !fin && shut -> shut = 0; printf("op: enrollments open\n") }
#endif
  /* ---- fail-over ---- */
  :: atomic { !fin && svd == 1 ->
#ifndef LOST_SIBLING
       /* not the commit of one of two enrollments stored side by side: a limit */
       i = 1; do :: i <= nk && !(i != rk && kind[i] == 1 && kind[rk] == 1 && kep[i] == re) -> i++ :: else -> break od;
       if :: i <= nk -> i = 0; goto over :: else -> i = 0 fi;
#endif
       lost = 1; rst = o_rst; re = o_re; rk = o_rk; ra = o_ra; opn = o_opn; expire(); printf("db: fail-over, last commit lost\n"); CHK;
over: skip }

  /* ---- calm: everything is delivered once and answered at once ---- */
#ifndef CLONE
  :: atomic { !fin && mode == boot && ra < 8 -> fin = 1; if :: lf = 1 :: lf = 0 fi; printf("calm begins\n");
     d_step { expire(); svd = 2; bar = 0; shut = 0; n = 0;
       if :: st[0] == MARG -> st[0] = STORED :: else fi; if :: st[1] == MARG -> st[1] = STORED :: else fi;
       if :: st[0] == CMARG || st[0] == CREAD -> st[0] = CONFD :: else fi; if :: st[1] == CMARG || st[1] == CREAD -> st[1] = CONFD :: else fi;
       do
       :: n >= 40 -> break
       :: else -> n++; w = 0;
          if
          :: mode == boot -> doboot()
          :: mode == login && lf && cs != 2 -> mode = aband
          :: mode == login && !(lf && cs != 2) -> st[os] = VERIFIED; mode = conf
          :: mode == conf -> w = gk; c = CONFIRM
          :: mode == pollc || (mode == idle && cs != 2) -> w = ky[cs]; c = POLL
          :: mode == aband -> w = ky[cs]; c = ABANDON; t = gk
          :: mode == idle && cs == 2
          fi;
          if
          :: w != 0 -> answer()
          :: else -> r = 0
          fi;
          if
          :: w != 0 && mode == conf && r == 1 -> st[os] = CONFD; if :: nw == os -> st[1 - os] = EMPTY; ky[1 - os] = 0 :: else fi; mode = boot
          :: w != 0 && (mode == conf && r == 7 || mode == aband && r == 1) -> wipe()
          :: w != 0 && mode == conf && r == 6 ->
#ifdef BUG_E6
               n = 50
#else
               if :: cs != 2 && pa == 0 -> mode = pollc :: pa == 1 || pa == 7 -> pa = 0; mode = aband :: else -> n = 50 fi
#endif
          :: w != 0 && mode == pollc -> pa = r; mode = conf
          :: w != 0 && mode == aband && r == 7 -> mode = conf
          :: w != 0 && mode == aband && r == 6 -> n = 50
          :: w != 0 && mode == idle && r == 1 -> n = 99
          :: mode == idle && (w != 0 || cs == 2) && r != 1 ->
               if :: ENROLLS -> gkind = 1; gep = re + 1; gat = ra; newkey(); drop(); if :: cs != 2 -> os = 1 - cs :: else -> os = 1 - nw fi;
                       st[os] = STORED; ky[os] = gk; nw = os; mode = conf
                  :: else -> n = 50 fi
          :: else
          fi
       od }
     assert(n == 99 && rst == s_active && rk == ky[cs] && !VALID(1 - cs));
     d_step { i = 0; do :: i < K + 4 -> kep[i] = 0; kat[i] = 0; kind[i] = 0; kf[i] = 0; dead[i] = 0; sc[i] = 0; sp[i] = 0; sa[i] = 0;
              ac[i] = 0; ack[i] = 0; e6[i] = 0; e7[i] = 0; a2[i] = 0; a7[i] = 0; i++ :: else -> break od;
       forget(); cut(); nk = 0; st[0] = 0; st[1] = 0; ky[0] = 0; ky[1] = 0; nw = 0;
       rst = 0; re = 0; rk = 0; ra = 0; bar = 0; opn = 0; svd = 0; lost = 0; ops = 0 } }
#endif
  od
}
