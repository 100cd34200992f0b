import { expect, it } from 'vitest';
import { AnswerBudget } from '#chat/answer-budget.ts';

const start = 1_000_000;
const seconds = 1_000;

/** A budget of which accounts ask in `!work` unless another room is named, at seconds after the start. */
function asking() {
  const budget = new AnswerBudget();
  return (account: string, at = 0, room = '!work') => budget.take(account, room, start + at * seconds);
}

it('one account gets three answers at once, then one each half minute', () => {
  const ask = asking();
  expect([1, 2, 3, 4].map(() => ask('@a:sim'))).toEqual(['answer', 'answer', 'answer', 'say-so']);
  expect(ask('@a:sim', 29)).toBe('nothing');
  expect(ask('@a:sim', 30)).toBe('answer');
  expect(ask('@a:sim', 31)).toBe('nothing');
  expect(ask('@b:sim', 31)).toBe('answer');
});

it('all accounts together get six at once, then one each twenty seconds', () => {
  const ask = asking();
  const answers = Array.from({ length: 7 }, (_, nth) => ask(`@${nth}:sim`));
  expect(answers).toEqual([...Array.from({ length: 6 }, () => 'answer'), 'say-so']);
  expect(ask('@x:sim', 19)).toBe('nothing');
  expect(ask('@y:sim', 20)).toBe('answer');
  expect(ask('@z:sim', 20)).toBe('nothing');
});

it('what isn’t answered uses up nothing', () => {
  const ask = asking();
  for (let count = 0; count < 50; count += 1) ask('@a:sim');
  expect(ask('@a:sim', 30)).toBe('answer');
  expect([1, 2, 3].map(() => ask('@b:sim', 30))).toEqual(['answer', 'answer', 'answer']);
});

it('a long silence saves up no more than at first', () => {
  const ask = asking();
  ask('@a:sim');
  const hour = 3_600;
  expect([1, 2, 3, 4].map(() => ask('@a:sim', hour))).toEqual(['answer', 'answer', 'answer', 'say-so']);
  expect([1, 2, 3, 4].map(() => ask('@b:sim', hour))).toEqual(['answer', 'answer', 'answer', 'nothing']);
});

it('a clock that is set back takes nothing away', () => {
  const ask = asking();
  ask('@a:sim', 60);
  expect(ask('@a:sim', 0)).toBe('answer');
});

it('a room hears once in ten minutes that the budget is used up, each room by itself', () => {
  const ask = asking();
  for (const room of ['!work', '!tell']) {
    for (let count = 0; count < 3; count += 1) ask('@a:sim', 0, room);
  }
  expect(ask('@a:sim', 1, '!other')).toBe('say-so');
  const flood = (at: number) => Array.from({ length: 8 }, () => ask('@a:sim', at, '!other'));
  expect(flood(599)).not.toContain('say-so');
  expect(flood(602).filter(one => one === 'say-so')).toHaveLength(1);
});

it('a thousand accounts are told apart, and those that asked last are', () => {
  const others = (ask: ReturnType<typeof asking>, from: number, to: number) => {
    for (let nth = from; nth < to; nth += 1) ask(`@${nth}:sim`);
  };
  const ask = asking();
  for (let count = 0; count < 3; count += 1) ask('@a:sim');
  others(ask, 0, 999);
  ask('@a:sim');
  others(ask, 999, 1_000);
  expect(ask('@a:sim', 20), 'remembered: it asked last').toBe('nothing');
  others(ask, 1_000, 2_000);
  expect(ask('@a:sim', 20), 'forgotten').toBe('answer');
});
