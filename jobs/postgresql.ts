/** The PostgreSQL major that a Fedora release ships. @returns undefined for a release that isn't known yet. */
export function postgresqlOf(fedora: number): number | undefined {
  const majors: Readonly<Record<number, number>> = { 39: 15, 40: 16, 41: 16, 42: 16, 43: 18, 44: 18 };
  return majors[fedora];
}

/** The cluster's folder, the same on every Fedora. */
export const clusterFolder = '/var/lib/pgsql/data';
