#!/bin/sh
# First process of a Linux in user mode whose files are this machine's, to be read only. That kernel's
# netem plays networks: in NetemMain, and with otakey_full=1 in an experiment. `otakey_root` is the
# project, `otakey_out` takes what comes of it, `otakey_java` runs it.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp OTAKEY_BUILD=off
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t tmpfs tmp /tmp
mkdir -p /dev/shm /tmp/out
mount -t tmpfs shm /dev/shm
mount -t hostfs -o "$otakey_out" out /tmp/out
ip link set lo up
for module in sch_htb sch_netem cls_u32; do
  insmod "/usr/lib/uml/modules/$(uname -r)/kernel/net/sched/$module.ko"
done
trial() {
  target=$otakey_root/loadgen/target
  "$otakey_java" --enable-native-access=ALL-UNNAMED -XX:TieredStopAtLevel=1 -XX:+UseSerialGC \
    -cp "$target/test-classes:$target/classes:$target/lib/*" io.otakey.loadgen.network.NetemMain || return
  [ "$otakey_full" = 1 ] || return 0
  mount -t tmpfs programs "$target/postgres-programs" || return
  "$otakey_root/otakey" loadgen run "$otakey_root/loadgen/src/test/experiments/netem.yaml" \
    --netem always --out /tmp/out/report
}
trial
echo "exit code $?" >/tmp/out/ended
sync
halt -f -d
