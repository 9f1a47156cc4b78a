// Compiles each kernel's text (.wat) to a TypeScript file that holds its bytes: `npm i && npm run build` in this folder.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import wabtInit from 'wabt';

const folder = join(import.meta.dirname, '..', '..', 'src', 'engine', 'optim', 'kernel');
const wabt = await wabtInit();
for (const file of readdirSync(folder).filter((name) => name.endsWith('.wat'))) {
  const module = wabt.parseWat(file, readFileSync(join(folder, file), 'utf8'), { simd: true });
  const { buffer } = module.toBinary({});
  const name = file.slice(0, -'.wat'.length);
  const lines =
    Buffer.from(buffer)
      .toString('base64')
      .match(/.{1,100}/g) ?? [];
  writeFileSync(
    join(folder, `${name}-bytes.ts`),
    `// The bytes of ${file}, compiled by tools/kernels. Do not edit.\n\n` +
      `export const ${name}Bytes =\n${lines.map((line) => `  '${line}'`).join(' +\n')};\n`,
  );
  console.log(`${file}: ${buffer.length} bytes`);
}
