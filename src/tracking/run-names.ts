// Names for runs that nobody named: adjective-noun-number.
import { randomInt } from 'node:crypto';

const adjectives =
  'able agile amber brave bright brisk calm clear clever crisp eager early exact fair fine fond free fresh gentle glad golden grand happy hardy honest humble keen kind lively loyal lucid lucky mellow merry mild modest neat nimble noble patient plain polite proud quick quiet rapid ready rosy round sage sharp silent silver smart smooth snug solid spry stable steady still sturdy subtle sunny sure swift tidy tranquil true upbeat valiant vivid warm wise witty young'.split(
    ' ',
  );
const nouns =
  'ant ash badger bass bat bear bee birch bird boar carp cat cedar chimp cod colt cow crab crane crow deer doe dog dove duck eel elk elm fawn fern finch fir fish fowl fox frog gnat gnu goat goose grouse gull hare hawk hen heron horse hound ibis jay kit koala lark lion loon lynx mare midge mink mole moose moss moth mouse mule newt oak otter owl ox panda perch pike pine plover pug quail ram rat ray roan robin rook seal shad shark sheep shoat shrew skink sloth smelt snail snake snipe sow squid stag stork swan toad trout vole wasp whale wolf wren yak'.split(
    ' ',
  );

/** E.g. `calm-otter-412`; 20 characters at most. */
export function randomRunName(): string {
  const pick = (words: readonly string[]) => words[randomInt(words.length)] ?? '';
  return `${pick(adjectives)}-${pick(nouns)}-${randomInt(1000)}`;
}
