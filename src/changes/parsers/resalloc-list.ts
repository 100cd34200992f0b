/** A builder as `resalloc-maint resource-list` shows it. */
export interface Builder {
  readonly id: string;
  readonly name: string;
  readonly pool: string;
  /** "STARTING", "UP", "DELETE_REQUEST", "DELETING", … */
  readonly status: string;
}

/** Lines like `4711 - copr_hv_x86_64_01_dev_00004711_20261123_051200 pool=copr_hv_x86_64_01_dev tags=… status=UP releases=0 ticket=NULL`. */
export function parseResallocList(text: string): Builder[] {
  return text.split('\n').flatMap(line => {
    const [, id, name] = /^\s*(\d+)(?:\s+-)?\s+(\S+)/.exec(line) ?? [];
    if (id === undefined || name === undefined) return [];
    const field = (key: string) => new RegExp(`\\b${key}=(\\S+)`).exec(line)?.[1] ?? '';
    return [{ id, name, pool: field('pool'), status: field('status').toUpperCase() }];
  });
}
