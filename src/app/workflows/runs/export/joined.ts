// Many small texts as fewer large ones: each write to a file costs.

/** Characters that are gathered. */
const gathered = 2 ** 17;

/** The same text in larger chunks. */
export async function* joined(chunks: AsyncIterable<string>): AsyncGenerator<string> {
  let text = '';
  for await (const chunk of chunks) {
    text += chunk;
    if (text.length < gathered) continue;
    yield text;
    text = '';
  }
  if (text !== '') yield text;
}
