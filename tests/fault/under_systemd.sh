#!/bin/bash
# What under_systemd.py has done by root, in the order of the cases: the program calls each.
set -e
root=$(cd "$(dirname "$0")/../.."; pwd)
flask="/opt/doudi/.venv/bin/flask --app portal.wsgi"
case $1 in

build) # FOLDER: in a namespace of mounts, the view of the machine, the program and its libraries
cd "$2"; mkdir -p layer view
mount -t tmpfs -o size=6G tmpfs layer; mkdir layer/up layer/work
mount -t overlay overlay -o lowerdir=/,upperdir="$2/layer/up",workdir="$2/layer/work" view
cd view; mkdir -p opt/doudi; (cd "$root"; git ls-files -z | xargs -0 cp --parents -t "$OLDPWD/opt/doudi")
for fs in proc sysfs; do mount -t $fs $fs ${fs%fs}; done
mount -t tmpfs -o mode=755 tmpfs dev; mkdir dev/pts dev/shm
for one in null zero full random urandom tty; do
  mknod -m 666 dev/$one c $(stat -c '0x%t 0x%T' /dev/$one); done
ln -s /proc/self/fd dev/fd; for n in 0:in 1:out 2:err; do ln -s /proc/self/fd/${n%:*} dev/std${n#*:}; done
mount -t devpts -o newinstance,ptmxmode=666 devpts dev/pts; ln -s pts/ptmx dev/ptmx
mount -t tmpfs -o mode=1777 tmpfs dev/shm; mount -t tmpfs -o mode=1777 tmpfs tmp; mount -t tmpfs -o mode=755 tmpfs run
chroot . make -s -C /opt/doudi setup PYTHON=/usr/bin/python3
chroot . /usr/sbin/useradd --system --home-dir /var/lib/doudi --shell /usr/sbin/nologin doudi
rm -rf etc/systemd/system/*.wants etc/systemd/system/*.requires; rm -f etc/machine-id
for unit in getty.target remote-fs.target systemd-udevd systemd-udev-trigger systemd-networkd systemd-resolved \
  systemd-logind systemd-sysctl systemd-modules-load systemd-remount-fs; do
  case $unit in *.target) ;; *) unit=$unit.service ;; esac; ln -sf /dev/null etc/systemd/system/$unit; done
mkdir -p etc/systemd/journald.conf.d
printf '[Journal]\nStorage=volatile\nReadKMsg=no\nAudit=no\n' > etc/systemd/journald.conf.d/rehearsal.conf
systemd-machine-id-setup --root=. >/dev/null 2>&1
exec unshare --pid --fork --kill-child --cgroup --net --uts --ipc /bin/bash "$root/tests/fault/under_systemd.sh" boot
;;

boot) # as the first process of its namespaces: control groups of its own, then systemd
ip link set lo up; mount -t proc proc proc
mount -t tmpfs -o mode=755 tmpfs sys/fs/cgroup 2>/dev/null || true
grep -E ' cgroup2? ' /proc/mounts | while read -r _ point kind options _; do
  mkdir -p ".$point"; case $kind in cgroup2) options=rw ;; esac
  mount -t $kind -o "$(echo $options | sed 's/\(rw\|relatime\|nosuid\|nodev\|noexec\),*//g; s/^name=/none,name=/; s/^$/rw/')" \
    $kind ".$point"; done
mkdir -p outside; pivot_root . outside; cd /; umount -l /outside
exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin container=other /lib/systemd/systemd --system --unit=multi-user.target
;;

install) # within: PostgreSQL, settings, the units that ship, and timers that fire within seconds
version=$(ls /usr/lib/postgresql | tail -1)
pg_createcluster --start-conf=manual $version doudi -p 5433 >/dev/null; systemctl start postgresql@$version-doudi
runuser -u postgres -- psql -qp 5433 -c 'CREATE ROLE doudi LOGIN' -c 'CREATE DATABASE doudi OWNER doudi'
mkdir /etc/doudi; install -d -o doudi -m 700 /var/backups/doudi
cat > /etc/doudi/doudi.env <<X
DOUDI_SECRET_KEY=$(python3 -c 'import secrets; print(secrets.token_urlsafe(48))')
DOUDI_DATA_KEYS=$(/opt/doudi/.venv/bin/python -c 'from cryptography.fernet import Fernet as F; print(F.generate_key().decode())')
DOUDI_INSTANCE=/var/lib/doudi
DOUDI_DATABASE_URL=postgresql+psycopg://doudi@/doudi?host=/var/run/postgresql&port=5433
DOUDI_PUBLIC_URL=http://127.0.0.1:8010
X
chown root:doudi /etc/doudi/doudi.env; chmod 640 /etc/doudi/doudi.env
cp -r /opt/doudi/portal/operations/systemd/* /etc/systemd/system/
for timer in backup daily scan; do mkdir /etc/systemd/system/doudi-$timer.timer.d
  printf '[Timer]\nOnCalendar=\nOnCalendar=*:*:0/20\nRandomizedDelaySec=0\nAccuracySec=1s\n' \
    > /etc/systemd/system/doudi-$timer.timer.d/rehearsal.conf; done
systemctl daemon-reload
as_service='-q -p User=doudi -p WorkingDirectory=/opt/doudi -p EnvironmentFile=/etc/doudi/doudi.env -p StateDirectory=doudi'
systemd-run $as_service --wait --pipe $flask database upgrade
systemd-run $as_service --unit=cases $flask case-system-sandbox --port 8001
systemctl enable --now -q doudi-web.socket doudi-web doudi-relay
;;

status) # within: what the hand-off says
eval "$(sed 's/=\(.*\)/="\1"/; s/^/export /' /etc/doudi/doudi.env)"; cd /opt/doudi
exec runuser -u doudi -- $flask handoff status
;;
esac
