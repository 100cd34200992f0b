import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { variables } from '#estate/config.ts';
import { settingsOfSchema } from './settings-of-schema.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/configuration.md'), 'utf8');
/** Heading, and what stands below it. */
const sections = new Map(
  [...page.matchAll(/^### `([^`]+)`\n\n([\s\S]*?)(?=\n\n#|\n*$(?![\s\S]))/gm)].map(([, heading = '', text = '']) => [
    heading,
    text,
  ]),
);
const isVariable = (heading: string) => /^[A-Z][A-Z0-9_]+$/.test(heading);

describe('docs/configuration.md', () => {
  it('has a heading for every variable, and for none that is not read', () => {
    expect([...sections.keys()].filter(isVariable)).toEqual(Object.keys(variables));
  });

  it("has a heading for every setting of the estate's schema, in its order, and no other", () => {
    expect([...sections.keys()].filter(heading => !isVariable(heading))).toEqual(
      settingsOfSchema().map(({ path }) => path),
    );
  });

  it('says of each setting whether it may be left out, and what it is then', () => {
    const wrong = settingsOfSchema().filter(({ path, rule }) => sections.get(path)?.startsWith(`${rule} `) !== true);
    expect(wrong).toEqual([]);
  });
});
