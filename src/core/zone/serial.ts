/** Serials count round in 32 bits (RFC 1982). */
const round = 2 ** 32;

/**
 * The serial after a change, which every secondary takes for newer. One that is written as a date with a number
 * (YYYYMMDDnn) becomes today's first, or the next number where that is newer; any other goes up by one.
 *
 * @param now ms; the date is UTC's.
 */
export function bumpedSerial(serial: number, now: number): number {
  const next = (serial + 1) % round;
  const today = Number(`${new Date(now).toISOString().slice(0, 10).replaceAll('-', '')}00`);
  return isDate(serial) && isNewer(today, next) ? today : next;
}

/** Whether a serial is newer than another, by RFC 1982. */
export function isNewer(serial: number, than: number): boolean {
  const ahead = (serial - than + round) % round;
  return ahead > 0 && ahead < round / 2;
}

function isDate(serial: number): boolean {
  const [, year = '', month = '', day = ''] = /^(\d{4})(\d\d)(\d\d)\d\d$/.exec(String(serial)) ?? [];
  return year >= '1990' && month >= '01' && month <= '12' && day >= '01' && day <= '31';
}
