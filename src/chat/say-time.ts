const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;
const weekdays = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'] as const;

/** "40 s" under two minutes, "14 min" under three hours, then "5 h", "3 days". "0 s" is nothing at all, never a little. */
export function sayDuration(ms: number): string {
  const whole = Math.max(0, ms);
  if (whole < 2 * minute) return `${whole > 0 ? Math.max(1, Math.round(whole / 1000)) : 0} s`;
  if (whole < 3 * hour) return `${Math.round(whole / minute)} min`;
  if (whole < 2 * day) return `${Math.round(whole / hour)} h`;
  return `${Math.round(whole / day)} days`;
}

/** "16:12", in UTC. */
export function sayHour(at: number): string {
  return new Date(at).toISOString().slice(11, 16);
}

/** "16:12 UTC" on the day of `now`, otherwise with weekday and date. */
export function sayTime(at: number, now: number): string {
  if (new Date(at).toISOString().slice(0, 10) === new Date(now).toISOString().slice(0, 10)) return `${sayHour(at)} UTC`;
  return sayDate(at);
}

/** "Friday 2026-12-04 16:10 UTC". */
export function sayDate(at: number): string {
  const date = new Date(at);
  return `${weekdays[date.getUTCDay()]} ${date.toISOString().slice(0, 10)} ${sayHour(at)} UTC`;
}

/** "in 12 min", "8 min ago". */
export function sayFromNow(at: number, now: number): string {
  return at >= now ? `in ${sayDuration(at - now)}` : `${sayDuration(now - at)} ago`;
}
