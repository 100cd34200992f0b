/** States of a unit, as `systemctl show` says them. */
export interface UnitState {
  readonly unit: string;
  /** "loaded", "not-found", "masked", … */
  readonly load: string;
  /** "active", "inactive", "failed", "activating", "deactivating", "reloading". */
  readonly active: string;
  /** "enabled", "disabled", "static", "masked", …; empty for a unit without a file. */
  readonly file: string;
  /** Where its file is; empty without one. */
  readonly path: string;
}

/** What to ask systemctl for. */
export function systemctlShowArgv(units: readonly string[]): string[] {
  return ['systemctl', 'show', '--property=Id,LoadState,ActiveState,UnitFileState,FragmentPath', ...units];
}

/**
 * One block of `Name=value` lines for each unit asked for, in that order (Id differs where an alias was asked for).
 *
 * @throws Error when there are more or fewer blocks than units.
 */
export function parseSystemctlShow(text: string, units: readonly string[]): UnitState[] {
  const blocks = text
    .split(/\n\s*\n/)
    .map(block => block.trim())
    .filter(block => block !== '');
  if (blocks.length !== units.length)
    throw new Error(`systemctl showed ${blocks.length} units, ${units.length} were asked for`);
  return blocks.map((block, index) => {
    const fields = new Map(
      block.split('\n').map(line => {
        const at = line.indexOf('=');
        return [line.slice(0, at), line.slice(at + 1).trim()] as const;
      }),
    );
    return {
      unit: units[index] ?? '',
      load: fields.get('LoadState') ?? '',
      active: fields.get('ActiveState') ?? '',
      file: fields.get('UnitFileState') ?? '',
      path: fields.get('FragmentPath') ?? '',
    };
  });
}
