#!/usr/bin/env bash
# What a user does with packages of visq that lie in this folder. other/ffmpeg was built against
# other/libvmaf.so.3, or the package visq-dev where that is not there, and knows nothing of visq.
set -euo pipefail
export DEBIAN_FRONTEND=noninteractive
apt() { sudo --preserve-env=DEBIAN_FRONTEND apt-get -qq "$@" >/dev/null; }
die() { echo "packages: $*" >&2; exit 1; }

# frames FILE: what is the filter's and the command's of a JSON report, in one form.
frames() {
  python3 -c 'import json, sys
for frame in json.load(open(sys.argv[1]))["frames"]:
    print(frame["frameNum"], sorted(frame["metrics"].items()))' "$1"
}

# near FILE FILE: whether scores of the first are the other's, to what libvmaf's vector code leaves.
near() {
  python3 -c 'import json, sys
ours, theirs = (json.load(open(name))["frames"] for name in sys.argv[1:])
for mine, other in zip(ours, theirs, strict=True):
    for name, value in other["metrics"].items():
        assert abs(mine["metrics"][name] - value) < 1e-4, (mine["frameNum"], name)' "$@"
}

# filtered FFMPEG REPORT: over whichever libvmaf.so.3 it finds.
filtered() {
  "$1" -nostdin -loglevel error -i distorted.mp4 -i original.mp4 -lavfi \
    "libvmaf=feature=name=psnr|name=cambi:log_fmt=json:log_path=$2" -f null -
}

apt update
apt install --no-install-recommends ffmpeg python3
# H.264, which decoders with and without assembly decode to the same samples; MPEG-4 they do not.
ffmpeg -nostdin -loglevel error -y -f lavfi -i testsrc2=s=576x324:r=25:d=1 -pix_fmt yuv420p \
  -c:v libx264 -preset veryfast -crf 10 original.mp4
ffmpeg -nostdin -loglevel error -y -i original.mp4 \
  -c:v libx264 -preset veryfast -crf 36 distorted.mp4
! ldd "$(command -v ffmpeg)" | grep -q libvmaf ||
  die "the distribution's ffmpeg is linked to libvmaf: this test should use it"
before=$(sha256sum other/ffmpeg)
if [ -e other/libvmaf.so.3 ]; then LD_LIBRARY_PATH=other filtered other/ffmpeg theirs.json; fi
! filtered other/ffmpeg nothing.json 2>/dev/null || die "there is a libvmaf.so.3 already"

apt install --no-install-recommends ./libvmaf3-visq_*.deb
[ "$before" = "$(sha256sum other/ffmpeg)" ] || die "ffmpeg is another one now"
library=$(ldd other/ffmpeg | sed -n 's/.*libvmaf.so.3 => \([^ ]*\).*/\1/p')
dpkg-query --search "$(realpath "$library")" | grep -q '^libvmaf3-visq:' ||
  die "ffmpeg loads $library, which is not of libvmaf3-visq"
filtered other/ffmpeg ours.json
grep -q '"version": "visq-' ours.json || die "ours.json is not visq's"
if [ -e theirs.json ]; then
  ! grep -q '"version": "visq-' theirs.json || die "theirs.json is visq's"
  near ours.json theirs.json || die "the filter's numbers are not the other library's"
fi

apt install --no-install-recommends ./visq_*.deb ./python3-visq_*.deb
vmaf -r original.mp4 -d distorted.mp4 --feature psnr --feature cambi --json -o command.json -q
[ "$(frames ours.json | wc -l)" = 25 ] || die "the filter scored more or fewer frames than 25"
diff <(frames ours.json) <(frames command.json) || die "the filter's numbers are not the command's"
mean=$(python3 -c 'import json
print(json.load(open("command.json"))["pooled_metrics"]["vmaf"]["mean"])')
python=$(python3 -c 'import visq
print(round(visq.score("original.mp4", "distorted.mp4", ["vmaf"]).pooled["vmaf"].mean, 6))')
[ "$mean" = "$python" ] || die "Python says $python, the command $mean"
man --version >/dev/null 2>&1 || apt install --no-install-recommends man-db
man vmaf >/dev/null || die "there is no man page"

apt install --no-install-recommends gcc libc6-dev pkg-config ./visq-dev_*.deb
echo '#include <libvmaf.h>
#include <stdio.h>
int main(void) { puts(vmaf_version()); }' >user.c
# shellcheck disable=SC2046  # words
gcc user.c $(pkg-config --cflags --libs libvmaf) -o user
[[ $(./user) == visq-* ]] || die "a program that is linked to libvmaf does not run over visq"

apt remove libvmaf3-visq
hash -r
! command -v vmaf || die "vmaf is still there, without its library"
left=$(dpkg-query --show --showformat '${db:Status-Abbrev}${Package}\n' '*visq*' | grep ^i || true)
[ -z "$left" ] || die "still installed: $left"
! find /usr -name '*visq*' -o -name 'libvmaf*' | grep . || die "files of visq are left"
! filtered other/ffmpeg nothing.json 2>/dev/null || die "a libvmaf.so.3 is left"
echo "packages: VMAF $mean by ffmpeg, vmaf and Python; compared with $(ls other/libvmaf* || true)"
