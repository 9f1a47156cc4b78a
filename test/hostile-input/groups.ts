// All rows, in the order of the table.
import type { HostileGroup } from './case.ts';
import { chatCases } from './chat.ts';
import { dpoCases, urlCases } from './data-sets.ts';
import { fileCases } from './files.ts';
import { headerCases } from './headers.ts';
import { idCases } from './ids.ts';
import { jsonCases } from './json.ts';
import { multipartCases } from './multipart.ts';
import { pathCases } from './paths.ts';

export const groups: readonly HostileGroup[] = [
  ...[jsonCases, multipartCases, fileCases, idCases, chatCases],
  ...[headerCases, pathCases, urlCases, dpoCases],
];
