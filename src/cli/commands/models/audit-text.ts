// Entries of the audit as lines for people.
import type { AuditEntry } from '../../../app/index.ts';
import { shown } from '../../table/text-width.ts';
import { formatTime } from '../../table/times.ts';

/** `2026-01-31 12:00:00  ada  version 3: Staging -> Production (faster)` */
export function auditLine({ at, by, reason, ...event }: AuditEntry): string {
  const why = reason === undefined ? '' : ` (${reason})`;
  return shown(`${formatTime(at)}  ${by ?? 'unknown'}  ${eventText(event)}${why}`);
}

function eventText({
  action,
  name,
  version,
  subject,
  before,
  after,
}: Omit<AuditEntry, 'at' | 'by' | 'reason'>): string {
  const move = `${before ?? '-'} -> ${after ?? '-'}`;
  switch (action) {
    case 'version.stage':
      return `version ${version}: ${move}`;
    case 'version.lifecycle':
      return `version ${version}: ${move}${subject === undefined ? '' : `, ${subject}`}`;
    case 'alias.set':
      return `alias ${subject} set to version ${after}`;
    case 'alias.moved':
      return `alias ${subject}: version ${move}`;
    case 'alias.deleted':
      return `alias ${subject} deleted from version ${before}`;
    case 'model.renamed':
      return `renamed: ${move}`;
    case 'model.stage':
      return `model '${name}': ${move}${version === undefined ? '' : ` with version ${version}`}`;
    default: {
      const [what, did] = action.split('.');
      return `${what} ${what === 'version' ? version : `'${name}'`} ${did}`;
    }
  }
}
