/** No line gathers more than this: it stays well below what one message holds. */
const most = 24;

/**
 * Says several lines as few: neighbours that begin and end with the same words share these. `detach A, x, from I` and
 * `detach B, y, from I` become `detach A, x; B, y from I`. Only whole words are shared, so every id stays whole.
 */
export function gatherLines(lines: readonly string[]): string[] {
  const gathered: string[] = [];
  let group: string[][] = [];
  for (const line of lines) {
    const words = line.split(' ');
    if (group.length > 0 && (group.length >= most || !goTogether([...group, words]))) {
      gathered.push(joined(group));
      group = [];
    }
    group.push(words);
  }
  if (group.length > 0) gathered.push(joined(group));
  return gathered;
}

/** A host's name in front is worth sharing (`on I`), and so are three words and more; less would only puzzle. */
function goTogether(group: readonly (readonly string[])[]): boolean {
  const { head, tail } = shared(group);
  const first = group[0] ?? [];
  const enough = (first[0] === 'on' && head >= 2) || (head >= 1 && head + tail >= 3);
  return enough && group.every(words => words.length > head + tail);
}

function shared(group: readonly (readonly string[])[]): { head: number; tail: number } {
  const [first = [], ...others] = group;
  const shortest = Math.min(...group.map(words => words.length));
  let head = 0;
  while (head < shortest && others.every(words => words[head] === first[head])) head += 1;
  let tail = 0;
  const same = (back: number) => others.every(words => words.at(-1 - back) === first.at(-1 - back));
  while (tail < shortest - head && same(tail)) tail += 1;
  return { head, tail };
}

function joined(group: readonly (readonly string[])[]): string {
  const [first = []] = group;
  if (group.length === 1) return first.join(' ');
  const { head, tail } = shared(group);
  const middles = group.map(words => words.slice(head, words.length - tail).join(' '));
  const lead = first.slice(0, head).join(' ');
  const end = first.slice(first.length - tail).join(' ');
  if (tail === 0) return `${lead}: ${middles.join('; ')}`;
  return `${lead} ${middles.map(middle => middle.replace(/[,:]$/, '')).join('; ')} ${end}`.trim();
}
