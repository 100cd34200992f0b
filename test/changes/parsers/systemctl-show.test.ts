import { describe, expect, it } from 'vitest';
import { parseSystemctlShow } from '#changes/parsers/systemctl-show.ts';
import { started, stoppedAndDisabled, stoppedAndMasked, verbsTo } from '#changes/shared/unit-goal.ts';

const text = `Id=copr-backend.target
LoadState=loaded
ActiveState=active
UnitFileState=enabled
FragmentPath=/usr/lib/systemd/system/copr-backend.target

Id=fm-consumer@copr_messaging.service
LoadState=not-found
ActiveState=inactive
UnitFileState=
FragmentPath=

Id=sshd.service
LoadState=masked
ActiveState=inactive
UnitFileState=masked
FragmentPath=/etc/systemd/system/sshd.service
`;
const names = ['copr-backend.target', 'fm-consumer@copr_messaging', 'ssh.service'];
const [target, absent, masked] = parseSystemctlShow(text, names);

describe('systemctl show', () => {
  it('has a block for each unit, in the order asked', () => {
    expect(parseSystemctlShow(text, names).map(one => [one.unit, one.load, one.active, one.file])).toEqual([
      ['copr-backend.target', 'loaded', 'active', 'enabled'],
      ['fm-consumer@copr_messaging', 'not-found', 'inactive', ''],
      ['ssh.service', 'masked', 'inactive', 'masked'],
    ]);
  });

  it('is refused when blocks and units differ in number', () => {
    expect(() => parseSystemctlShow(text, ['a', 'b'])).toThrow('systemctl showed 3 units, 2 were asked for');
  });
});

describe('the way of a unit to its goal', () => {
  it('is disabled, then stopped', () => {
    expect(verbsTo(stoppedAndDisabled(['a'])[0]!, target!)).toEqual(['disable', 'stop']);
  });
  it('is nothing for a unit that is not installed and shall be stopped', () => {
    expect(verbsTo(stoppedAndDisabled(['a'])[0]!, absent!)).toEqual([]);
  });
  it('is masked after it was stopped', () => {
    expect(verbsTo(stoppedAndMasked(['a'])[0]!, target!)).toEqual(['stop', 'mask']);
    expect(verbsTo(stoppedAndMasked(['a'])[0]!, masked!)).toEqual([]);
  });
  it('is unmasked before it is enabled and started', () => {
    expect(verbsTo({ unit: 'a', masked: false, enabled: true, active: true }, masked!)).toEqual([
      'unmask',
      'enable',
      'start',
    ]);
  });
  it('leaves a static unit as it is', () => {
    expect(verbsTo(started(['a'])[0]!, { ...target!, file: 'static', active: 'inactive' })).toEqual(['start']);
    expect(verbsTo(stoppedAndDisabled(['a'])[0]!, { ...target!, file: 'static', active: 'failed' })).toEqual([]);
  });
  it('stops a unit that systemd is about to restart', () => {
    expect(verbsTo({ unit: 'a', active: false }, { ...target!, active: 'activating' })).toEqual(['stop']);
  });
});
