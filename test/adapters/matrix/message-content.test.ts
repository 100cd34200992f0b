import { describe, expect, it } from 'vitest';
import { withoutQuote } from '#adapters/matrix/incoming-event.ts';
import { htmlOf } from '#adapters/matrix/message-content.ts';

describe('formatting of a message', () => {
  it('is left out where plain text shows the same', () => {
    expect(htmlOf('one line\nanother', [])).toBeUndefined();
    expect(htmlOf('<b>not bold</b>', [])).toBeUndefined();
  });

  it('keeps columns and indentation', () => {
    expect(htmlOf('live\nbuilds   down\nweb      up\n  indented\nend', [])).toBe(
      'live<pre>builds   down\nweb      up</pre>&nbsp;&nbsp;indented<br>end',
    );
  });

  it('lets nothing of a text become markup', () => {
    const html = htmlOf(`  <img src=x onerror=alert(1)> & "q" 'a' </pre>`, []);
    expect(html).toBe('&nbsp;&nbsp;&lt;img src=x onerror=alert(1)&gt; &amp; &quot;q&quot; &#39;a&#39; &lt;/pre&gt;');
    expect(htmlOf('a  </pre><script>  b', [])).toBe('<pre>a  &lt;/pre&gt;&lt;script&gt;  b</pre>');
  });

  it('links the accounts that it mentions, by name and by id, and no others', () => {
    const link = '<a href="https://matrix.to/#/%40bob%3Asim">';
    expect(htmlOf('@bob @bobby bob@bob.org look', ['@bob:sim'])).toBe(`${link}@bob</a> @bobby bob@bob.org look`);
    expect(htmlOf('@bob:sim, look', ['@bob:sim'])).toBe(`${link}@bob:sim</a>, look`);
    expect(htmlOf('@carol look', ['@bob:sim'])).toBeUndefined();
  });

  it('takes an account with odd letters as it is', () => {
    expect(htmlOf('@a+b.c=d: look', ['@a+b.c=d:x'])).toContain('>@a+b.c=d</a>: look');
  });
});

describe('the quote before a reply', () => {
  it('is taken away with the empty line below it', () => {
    expect(withoutQuote('> <@bob:sim> !start\n> more\n\n!status')).toBe('!status');
    expect(withoutQuote('> * <@bob:sim> waves\n\nhi\n> mine')).toBe('hi\n> mine');
  });

  it('leaves nothing where there was only a quote', () => {
    expect(withoutQuote('> <@bob:sim> !start')).toBe('');
  });

  it("is not somebody's own quotation", () => {
    expect(withoutQuote('> so they said\nI agree')).toBe('> so they said\nI agree');
  });
});
