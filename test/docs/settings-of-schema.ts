import { z } from 'zod';
import { announcements, estateSchema } from '#estate/schema.ts';
import { roleNames } from '#estate/target-schema.ts';

export interface Setting {
  /** As docs/configuration.md heads it: names that people choose are NAME, roles ROLE, announcements EVENT. */
  readonly path: string;
  /** The first line below the heading: whether it may be left out, and what it is then. */
  readonly rule: string;
}

type Schema = z.core.JSONSchema.JSONSchema;

/** Every setting of the estate's schema, in its order. Mappings that are always there are no settings, what is in them is. */
export function settingsOfSchema(): Setting[] {
  const found = new Map<string, Setting>();
  const json = z.toJSONSchema(estateSchema, { io: 'input', unrepresentable: 'any' }) as Schema;
  walk(json, '', setting => found.set(setting.path, setting));
  return [...found.values()];
}

function walk(schema: Schema, path: string, add: (setting: Setting) => void): void {
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    if (typeof value === 'boolean') continue;
    const below = headed(path === '' ? key : `${path}.${key}`);
    const required = schema.required?.includes(key) ?? false;
    const isMapping = value.properties !== undefined || typeof value.additionalProperties === 'object';
    const always = required || value.default !== undefined;
    if (!isMapping || !always || isTags(value)) add({ path: below, rule: ruleOf(value, required) });
    walk(value, below, add);
  }
  if (typeof schema.additionalProperties === 'object') walk(schema.additionalProperties, `${path}.NAME`, add);
  const { items } = schema;
  if (typeof items === 'object' && !Array.isArray(items)) walk(items, `${path}[]`, add);
}

function isTags(value: Schema): boolean {
  return typeof value.additionalProperties === 'object' && value.additionalProperties.type === 'string';
}

function headed(path: string): string {
  const role = new RegExp(`^roles\\.(?:${roleNames.join('|')})\\b`);
  const event = new RegExp(`\\.announce\\.(?:${announcements.join('|')})\\b`);
  return path.replace(role, 'roles.ROLE').replace(event, '.announce.EVENT');
}

function ruleOf(value: Schema, required: boolean): string {
  if (required) return 'Required.';
  return value.default === undefined ? 'Optional.' : `Unless told: \`${JSON.stringify(value.default)}\`.`;
}
