import assert from 'node:assert/strict'
import { cgroupPath } from '../../src/system/index.ts'

describe('the cgroup that accounts memory', () => {
  const cases: readonly (readonly [string, string, string | undefined])[] = [
    ["is the memory controller's in v1", '11:cpu,cpuacct:/cpu\n4:memory:/memory\n1:name=systemd:/unit\n', '/memory'],
    ['may share a hierarchy with others', '4:cpu,memory,pids:/shared\n', '/shared'],
    ['is the unified one in v2', '0::/user.slice/session-1.scope\n', '/user.slice/session-1.scope'],
    ['is the memory controller\'s in a hybrid', '4:memory:/memory\n1:name=systemd:/unit\n0::/unified\n', '/memory'],
    ['is the next best when that is the root', '4:memory:/\n1:name=systemd:/unit\n0::/unified\n', '/unified'],
    ["is systemd's when nothing else says more", '4:memory:/\n1:name=systemd:/unit\n0::/\n', '/unit'],
    ['may be the root', '0::/\n', '/'],
    ['may hold colons and spaces', '0::/a:b/c d\n', '/a:b/c d'],
    ['may lie outside of our namespace', '0::/../../other\n', '/../../other'],
    ['may have been removed', '0::/gone (deleted)\n', '/gone (deleted)'],
    ['is unknown without cgroups', '', undefined],
    ['is unknown when nothing accounts memory', '3:cpuset:/foreground\n', undefined],
    ['is not that of a controller with a similar name', '3:memory2:/a\n2:xmemory:/b\n', undefined],
  ]
  for (const [what, text, path] of cases) it(what, () => assert.equal(cgroupPath(text), path))
})
