import { XMLBuilder } from 'fast-xml-parser';

/** What an action answers: XML elements by name; an array becomes `<item>` elements; undefined is left out. */
export type Answer = { readonly [element: string]: AnswerValue };
export type AnswerValue = string | number | boolean | undefined | Answer | readonly AnswerValue[];

const builder = new XMLBuilder({ ignoreAttributes: false, attributeNamePrefix: '@', suppressEmptyNode: true });

const namespace = 'http://ec2.amazonaws.com/doc/2016-11-15/';
const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';

/** The answer to an action that was done. */
export function answerXml(action: string, requestId: string, answer: Answer): string {
  return (
    declaration +
    builder.build({
      [`${action}Response`]: { '@xmlns': namespace, requestId, ...(itemised(answer) as object) },
    })
  );
}

/** The answer to a request that was refused or failed. */
export function errorXml(requestId: string, code: string, message: string): string {
  return (
    declaration +
    builder.build({
      Response: { Errors: { Error: { Code: code, Message: message } }, RequestID: requestId },
    })
  );
}

function itemised(value: AnswerValue): unknown {
  if (Array.isArray(value)) return { item: value.map(itemised) };
  if (typeof value === 'object') {
    return Object.fromEntries(
      Object.entries(value)
        .filter(([, field]) => field !== undefined)
        .map(([name, field]) => [name, itemised(field)]),
    );
  }
  return typeof value === 'boolean' ? String(value) : value;
}
