// The part of WebAssembly that kernels use; Node's types do not declare it.

/** A memory that kernels reach. */
export type FlatMemory = { readonly buffer: ArrayBuffer };

type WebAssemblyApi = {
  /** `initial` counts pages of 64 KiB. */
  readonly Memory: new (descriptor: {
    readonly initial: number;
  }) => FlatMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly;
