// What Hone uses of `opendal`, a package that users of object stores install: said here so that it need not be there to compile.
declare module 'opendal' {
  export type Metadata = { readonly contentLength: bigint | null; isFile(): boolean };
  export type Entry = { path(): string };
  export type Reader = { read(buffer: Buffer): Promise<bigint> };
  export type Writer = { write(content: Buffer): Promise<void>; close(): Promise<void> };
  export type PresignedRequest = {
    readonly method: string;
    readonly url: string;
    readonly headers: Record<string, string>;
  };
  export class Operator {
    constructor(scheme: string, options?: Record<string, string>);
    capability(): { readonly presignRead: boolean; readonly writeWithContentType: boolean };
    list(path: string): Promise<Entry[]>;
    stat(path: string): Promise<Metadata>;
    reader(path: string): Promise<Reader>;
    writer(path: string, options: { readonly chunk: bigint; readonly contentType?: string }): Promise<Writer>;
    delete(path: string): Promise<void>;
    removeAll(path: string): Promise<void>;
    presignRead(path: string, expiresInSeconds: number): Promise<PresignedRequest>;
  }
}
