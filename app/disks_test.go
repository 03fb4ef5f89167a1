package app

import (
	"reflect"
	"strings"
	"testing"
)

func TestMounted(t *testing.T) {
	got, err := mounted(strings.NewReader(`22 1 8:2 / / rw,relatime shared:1 - ext4 /dev/sda2 rw
23 22 0:21 / /proc rw,nosuid - proc proc rw
40 22 8:17 / /run/media/me/BLUE\040STICK rw,nosuid shared:9 master:2 - vfat /dev/sdb1 rw,fmask=0022
41 22 8:33 / /media/me/card rw,nosuid - vfat /dev/sdc1 ro,fmask=0022
42 22 0:50 / /mnt/share ro - nfs host:/x rw
43 22 0:51 / /mnt rw - tmpfs tmpfs rw
short line
`))
	want := []Disk{{"BLUE STICK", "/run/media/me/BLUE STICK", false}, {"card", "/media/me/card", true}, {"share", "/mnt/share", true}}
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := Disks(); err != nil {
		t.Error(err)
	}
}
