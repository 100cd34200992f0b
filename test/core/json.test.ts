import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hashOf } from '#core/hash.ts';
import { canonical } from '#core/json.ts';

test('equal values have one text, whatever the order of their keys', () => {
  expect(canonical({ b: 1, a: [true, null, 'é'] })).toBe('{"a":[true,null,"é"],"b":1}');
  expect(canonical({ a: [true, null, 'é'], b: 1 })).toBe('{"a":[true,null,"é"],"b":1}');
});

test('keys are ordered by code unit, not by a language', () => {
  expect(canonical({ ä: 1, z: 2, Z: 3, '10': 4, '9': 5 })).toBe('{"10":4,"9":5,"Z":3,"z":2,"ä":1}');
});

test('an undefined property is left out, an undefined element is refused', () => {
  expect(canonical({ a: undefined })).toBe('{}');
  expect(() => canonical([undefined])).toThrow(TypeError);
  expect(() => canonical(new Array(2))).toThrow(TypeError);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, () => 1, Symbol('x'), 1n, new Date(0), new Map(), /x/])(
  'what JSON can’t hold is refused: %s',
  value => {
    expect(() => canonical({ value })).toThrow(TypeError);
  },
);

test('the text survives the way through JSON, and so does the hash', () => {
  fc.assert(
    fc.property(fc.jsonValue(), value => {
      const text = canonical(value);
      expect(canonical(JSON.parse(text))).toBe(text);
      expect(hashOf(JSON.parse(JSON.stringify(value)))).toBe(hashOf(value));
    }),
  );
});

test('different values have different texts', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
      const same = JSON.stringify(JSON.parse(canonical(a))) === JSON.stringify(JSON.parse(canonical(b)));
      expect(canonical(a) === canonical(b)).toBe(same);
    }),
  );
});

test('a hash is 64 hex digits of SHA-256', () => {
  expect(hashOf({})).toBe('44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a');
});
