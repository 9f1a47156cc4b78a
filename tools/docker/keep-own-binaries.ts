// Removes the native parts of other platforms from a node_modules folder: an image for one platform never loads them.
import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** A platform as Node names it. */
export type Target = { readonly platform: string; readonly arch: string };

/**
 * Leaves what `target` loads of onnxruntime-node and tokenizers (with glibc).
 * @returns the paths that were removed, relative to `modules`
 * @throws Error where what `target` needs is not there: an image without it would be found out by its users
 */
export function keepOwnBinaries(modules: string, { platform, arch }: Target): string[] {
  const foreign = [...foreignRuntimes(modules, { platform, arch }), ...foreignTokenizers(modules, arch)];
  for (const path of foreign) rmSync(join(modules, path), { recursive: true });
  return foreign;
}

/** `bin/napi-vN/PLATFORM/ARCH/`. */
function foreignRuntimes(modules: string, { platform, arch }: Target): string[] {
  const bin = 'onnxruntime-node/bin';
  return readdirSync(join(modules, bin)).flatMap((version) => {
    const folder = `${bin}/${version}`;
    if (!existsSync(join(modules, folder, platform, arch)))
      throw new Error(`Cannot keep the tensor runtime for ${platform} ${arch}: '${folder}' has none`);
    const platforms = readdirSync(join(modules, folder)).filter((name) => name !== platform);
    const archs = readdirSync(join(modules, folder, platform)).filter((name) => name !== arch);
    return [
      ...platforms.map((name) => `${folder}/${name}`),
      ...archs.map((name) => `${folder}/${platform}/${name}`),
    ];
  });
}

/** `tokenizers.linux-ARCH-gnu.node`. */
function foreignTokenizers(modules: string, arch: string): string[] {
  const own = `tokenizers.linux-${arch}-gnu.node`;
  const binaries = readdirSync(join(modules, 'tokenizers')).filter((name) => name.endsWith('.node'));
  if (!binaries.includes(own))
    throw new Error(`Cannot keep the tokenizers for linux ${arch}: there is no '${own}'`);
  return binaries.filter((name) => name !== own).map((name) => `tokenizers/${name}`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [, , modules = 'node_modules'] = process.argv;
  for (const path of keepOwnBinaries(modules, process)) console.log(`removed ${path}`);
}
