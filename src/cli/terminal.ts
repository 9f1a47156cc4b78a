// What a command writes to, and the status it ends with; tests give their own.
import { styleText } from 'node:util';

/** Styles of text where the output shows colours. */
export type TextStyle = 'bold' | 'dim' | 'green' | 'red' | 'yellow' | 'cyan';

/** One output stream. */
export type Output = {
  write(text: string): void;
  /** A person watches it: lines may be drawn anew. */
  readonly isTTY: boolean;
  readonly hasColours: boolean;
  readonly columns: number;
};

/** The surroundings of one command. */
export type Terminal = {
  readonly out: Output;
  readonly err: Output;
  /** What a command that failed without an error ends with. */
  exitStatus: number;
  /** Runs the same command line again with more in its environment; absent where there is no process of its own. */
  readonly restart?: (environment: Readonly<Record<string, string>>) => Promise<number>;
};

/** The text, styled where the output shows colours. */
export function paint(output: Output, style: TextStyle, text: string): string {
  return output.hasColours ? styleText(style, text, { validateStream: false }) : text;
}

/** An output over a stream of the process. A reader that goes away (`| head`) ends the writing, not the work. */
export function processOutput(stream: NodeJS.WriteStream): Output {
  let open = true;
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
    open = false;
  });
  return {
    write: (text) => {
      if (open) stream.write(text);
    },
    isTTY: stream.isTTY === true,
    hasColours: stream.isTTY === true && stream.hasColors(),
    get columns() {
      // Some pseudo terminals have a width of 0
      return stream.columns || 80;
    },
  };
}
