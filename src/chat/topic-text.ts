/** Between what we say in a topic and what stood there before. */
const between = ' · ';

/**
 * A room's topic with our words before what people wrote, or without them: what was there stays readable meanwhile and
 * comes back by itself, whoever changed it in between. Making it twice gives the same.
 *
 * @param ours what a run has put in front so far, or may have.
 * @param text what shall stand in front now; '' nothing.
 */
export function topicText(current: string, ours: readonly string[], text: string): string {
  const without = [...ours, text].filter(Boolean).reduce((topic, one) => {
    if (topic === one) return '';
    return topic.replace(`${one}${between}`, () => '');
  }, current);
  if (text === '') return without;
  return without === '' ? text : `${text}${between}${without}`;
}
