// Writes the ONNX model of every graph case, gradients included, for check_onnx.py: `node tools/parity/dump-onnx.ts DIRECTORY`.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { encodeModel, lowerGraph } from '../../src/engine/index.ts';
import { allCases, buildGradientCase } from '../../src/testing/index.ts';

const [directory] = process.argv.slice(2);
if (directory === undefined) {
  console.error('Cannot write models: no directory is named; run node tools/parity/dump-onnx.ts DIRECTORY');
  process.exit(2);
}
mkdirSync(directory, { recursive: true });
for (const one of allCases) {
  const { graph } = buildGradientCase(one);
  writeFileSync(join(directory, `${one.name.replaceAll(/\W+/g, '-')}.onnx`), encodeModel(lowerGraph(graph)));
}
console.log(`${allCases.length} models written to ${directory}`);
