// Who runs the process.
import { userInfo } from 'node:os';

/** The user's name, looked for as Python's `getpass` does, so that runs of both bear one name; 'unknown' in containers without users. */
export function currentUser(env: NodeJS.ProcessEnv = process.env): string {
  return env.LOGNAME || env.USER || env.LNAME || env.USERNAME || accountName() || 'unknown';
}

function accountName(): string | undefined {
  try {
    return userInfo().username;
  } catch {
    // The user has a number and no account
    return undefined;
  }
}
