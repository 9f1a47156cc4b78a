# What Hone shows otherwise than MLflow on purpose, each with its reason.
import re
from typing import NamedTuple


class Deviation(NamedTuple):
    """A step fits when its script and name do, and both transcripts hold what they must."""

    reason: str
    step: str
    """Fits the whole name of the step."""
    mlflow: str = ""
    """Occurs in what MLflow shows."""
    hone: str = ""
    """Occurs in what Hone shows."""
    script: str = ""


NUMBERS = "Whole numbers are taken as long as they are exact, to 2^53; what lies beyond is refused"
NUL = "PostgreSQL cannot keep the character NUL: it is refused on every database alike"
PATHS = "Names that leave their folder on some system (an absolute path, a backslash, a control character) are refused wherever files lie"
NOT_A_NUMBER = "NaN is no number: no comparison holds for it; MLflow takes it for 0"
LETTERS = "ILIKE knows the case of every letter, not only of English ones"
DROPPED = "MLflow drops a value of the wrong type, and the fields after it, and says nothing; Hone refuses the request"
CRASH = r'\[INTERNAL_ERROR\]|"status": 500|too many 500'

DEVIATIONS = [
    Deviation("MLflow fails inside and the client tries for minutes: the answer is what the request deserves", ".*", mlflow=CRASH, hone=rf"(?s)\A(?!.*({CRASH}))"),
    Deviation("MLflow's message goes on with the SQL statement of its store, or is nothing else", ".*", mlflow="<an SQL error>"),
    Deviation("Writers that race may all write the same: in MLflow some of them now and then get the SQL error of its store", "threads write the same", mlflow=r"\(sqlite3\.IntegrityError\)", hone=r'\A\[\n( "ok ok ok",?\n)+\]\Z'),
    Deviation(NUL, r".*(nul|'a\\x00b'( of 3| back)?)", hone="character NUL|^0$"),
    Deviation(NUMBERS, r"metric (step|timestamp) -?9\d+", hone="Value must be between"),
    Deviation("A run that is not there is said to be not there; MLflow takes it for one without values", "get_metric_history missing run", hone="RESOURCE_DOES_NOT_EXIST"),
    Deviation("An empty file has a size: 0", "list_artifacts (None|'')", mlflow='"file_size": null', hone='"file_size": 0'),
    Deviation("The limits of tags hold for new runs too: only SQLite has room for more", "tag (values|key 251) at run creation"),
    Deviation("The text names a variable of MLflow that changes nothing here", "artifact location 2049", hone="greater than 2048 characters"),
    Deviation("Page tokens are another kind of text: what is wrong with one is said in other words", "bad token", hone="Invalid page token"),
    Deviation(NOT_A_NUMBER, r"search 'metrics\.`n/00` (=|<) \d' .*"),
    Deviation(LETTERS, ".*ILIKE.*"),
    Deviation("The same refusal in other words: its text shows the pieces of another parser", r"search ('\(+'|\"/\*).*", hone="Invalid clause"),
    Deviation("Names of fields are taken as protobuf has them, camelCase too, before MLflow asks for others", "raw log-metric camel case"),
    Deviation(DROPPED, "raw log-batch (param|tag) number", hone='"status": 400'),
    Deviation("Without max_results a page has 1,000 experiments, as the documentation says", "raw GET (bad view|no limit)", mlflow="Invalid value 0 for parameter 'max_results'"),
    Deviation(PATHS, r"raw artifact PUT (%2fetc%2fpasswd|\.\.%5cx|a%00b)", hone="Invalid path"),
    Deviation(PATHS, r"artifact ('a\\\\b'|'tab\\t\.txt')"),
    Deviation("MLflow puts the file into the folder of that name, as a second one of that name", "file over a folder", hone="a folder has that name"),
    Deviation("Digits of other scripts are no numbers", "get version '١'", hone="must be an integer"),
    Deviation("The text says that the experiment of that name is deleted, and what can be done", "create with deleted name", hone="It is deleted"),
    Deviation("The status of a model is found by its name; MLflow compares the name with a number and finds nothing", "search_logged_models status = 'READY'", mlflow=r"^\[\]"),
    Deviation("The digest of a dataset may be left out, as the documentation says; MLflow then finds nothing", "search_logged_models dataset", mlflow=r"^\[\]", hone="lm"),
    Deviation("An attribute of a span is found by its value; MLflow compares with its JSON, quotes and all, and finds nothing", r"search_traces span\.attributes.*", mlflow=r"^\[\]"),
]
"""Every one that is known; the first that fits decides."""


def reason_for(script: str, step: str, mlflow: str, hone: str) -> str | None:
    """The reason why a step differs, if it is meant."""
    for one in DEVIATIONS:
        if one.script in ("", script) and re.fullmatch(one.step, step) and re.search(one.mlflow, mlflow) and re.search(one.hone, hone):
            return one.reason
    return None
