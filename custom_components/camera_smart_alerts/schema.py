"""The tables of the history, as steps from one version to the next.

A step that was published is never changed: files of every version are out there. What is new is a
new step at the end, and ``user_version`` of a file counts the steps that it has taken.
"""

from sqlite3 import Connection
from typing import Final

from .alerts import visit_id

MIGRATIONS: Final = (
    """
CREATE TABLE visits (id TEXT PRIMARY KEY, data TEXT NOT NULL, last_at REAL NOT NULL,
    ended_at REAL) WITHOUT ROWID;
CREATE TABLE tellings (visit_id TEXT NOT NULL, target TEXT NOT NULL, subentry_id TEXT NOT NULL,
    alert TEXT NOT NULL, state TEXT NOT NULL, at REAL NOT NULL, error TEXT NOT NULL,
    PRIMARY KEY (visit_id, target)) WITHOUT ROWID;
CREATE TABLE motions (id INTEGER PRIMARY KEY, at REAL NOT NULL, subentry_id TEXT NOT NULL,
    data TEXT NOT NULL);
CREATE INDEX motions_at ON motions (at);
CREATE TABLE facts (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
""",
    # With their row ids: rows this large in a tree of their own keys would be slow to search.
    """
CREATE TABLE pictures (id TEXT PRIMARY KEY, visit_id TEXT NOT NULL, public_id TEXT NOT NULL,
    subentry_id TEXT NOT NULL, role TEXT NOT NULL, taken_at REAL NOT NULL,
    content_type TEXT NOT NULL, size INTEGER NOT NULL, wrapped_key BLOB NOT NULL,
    sealed BLOB NOT NULL);
CREATE UNIQUE INDEX pictures_visit ON pictures (visit_id, role);
CREATE INDEX pictures_public ON pictures (public_id);
CREATE INDEX pictures_camera ON pictures (subentry_id, taken_at);
CREATE INDEX pictures_size ON pictures (taken_at, visit_id, size);
CREATE TABLE picture_keys (subentry_id TEXT PRIMARY KEY, check_value BLOB NOT NULL) WITHOUT ROWID;
""",
    # One row for each camera and kind of a visit, and one for any kind: every list of visits is one
    # stretch of it. Triggers keep it right, whoever writes. Unreadable visits are in no list.
    """
CREATE INDEX visits_last ON visits (last_at);
CREATE TABLE visit_index (camera TEXT NOT NULL, kind TEXT NOT NULL, last_at REAL NOT NULL,
    public_id TEXT NOT NULL, visit_id TEXT NOT NULL,
    PRIMARY KEY (camera, kind, last_at, public_id)) WITHOUT ROWID;
CREATE INDEX visit_index_public ON visit_index (public_id);
CREATE INDEX visit_index_visit ON visit_index (visit_id);
CREATE VIEW visits_indexed AS
    SELECT cameras.value AS camera, kinds.key AS kind, last_at,
        public_visit_id(visits.id) AS public_id, visits.id AS visit_id
    FROM visits,
        json_each(CASE WHEN json_valid(data) THEN data ELSE '{}' END, '$.cameras') AS cameras,
        json_each(CASE WHEN json_valid(data) THEN json_insert(data, '$.kinds."*"', 1)
            ELSE '{}' END, '$.kinds') AS kinds;
INSERT OR IGNORE INTO visit_index SELECT * FROM visits_indexed;
CREATE TRIGGER visit_written AFTER INSERT ON visits BEGIN
    DELETE FROM visit_index WHERE visit_id = NEW.id;
    INSERT OR IGNORE INTO visit_index SELECT * FROM visits_indexed WHERE visit_id = NEW.id;
END;
CREATE TRIGGER visit_moved AFTER UPDATE OF last_at ON visits BEGIN
    UPDATE visit_index SET last_at = NEW.last_at WHERE visit_id = NEW.id;
END;
CREATE TRIGGER visit_deleted AFTER DELETE ON visits BEGIN
    DELETE FROM visit_index WHERE visit_id = OLD.id;
END;
""",
    # Kept and deleted are noted by the file itself: there are many ways to delete.
    """
CREATE TABLE ledger (id INTEGER PRIMARY KEY, at REAL NOT NULL, what TEXT NOT NULL,
    subentry_id TEXT NOT NULL, role TEXT NOT NULL, channel TEXT NOT NULL, who_id TEXT NOT NULL,
    who TEXT NOT NULL);
CREATE INDEX ledger_at ON ledger (at);
CREATE TRIGGER ledger_kept AFTER INSERT ON pictures BEGIN
    INSERT INTO ledger (at, what, subentry_id, role, channel, who_id, who)
    VALUES ((julianday('now') - 2440587.5) * 86400, 'kept', NEW.subentry_id, NEW.role,
        '', '', '');
END;
CREATE TRIGGER ledger_deleted AFTER DELETE ON pictures BEGIN
    INSERT INTO ledger (at, what, subentry_id, role, channel, who_id, who)
    VALUES ((julianday('now') - 2440587.5) * 86400, 'deleted', OLD.subentry_id, OLD.role,
        '', '', '');
END;
""",
    # How many pictures were fetched through links is asked every minute, of few entries.
    """
CREATE INDEX ledger_links ON ledger (at) WHERE channel = 'link';
""",
    # The motions of one camera are one stretch.
    """
CREATE INDEX motions_camera ON motions (subentry_id, at);
""",
    # What people taught, and what they could teach about, sealed. In the order of its row ids.
    """
CREATE TABLE taught (id TEXT NOT NULL, subentry_id TEXT NOT NULL, what TEXT NOT NULL,
    at REAL NOT NULL, visit_ids TEXT NOT NULL, wrapped_key BLOB NOT NULL, sealed BLOB NOT NULL,
    PRIMARY KEY (subentry_id, id));
""",
    # What was seen, by camera; of older visits it is not known, so that all of it counts for each.
    """
UPDATE visits SET data = json_set(json_remove(data, '$.cameras', '$.kinds'), '$.seen', json((
        SELECT json_group_object(value, json(json_extract(data, '$.kinds')))
        FROM json_each(data, '$.cameras'))))
    WHERE CASE WHEN json_valid(data) THEN json_type(data, '$.cameras') = 'array'
        AND json_type(data, '$.kinds') = 'object' END;
DROP VIEW visits_indexed;
CREATE VIEW visits_indexed AS
    SELECT seen.key AS camera, kinds.key AS kind, last_at,
        public_visit_id(visits.id) AS public_id, visits.id AS visit_id
    FROM visits,
        json_each(CASE WHEN json_valid(data) THEN data ELSE '{}' END, '$.seen') AS seen,
        json_each(json_insert(seen.value, '$."*"', 1)) AS kinds;
DELETE FROM visit_index;
INSERT OR IGNORE INTO visit_index SELECT * FROM visits_indexed;
""",
    # What pictures do not show, where that is anything; of older ones it is not known. A column of
    # theirs would come behind the picture, all of which would be read for it.
    """
CREATE TABLE hidden (picture_id TEXT PRIMARY KEY, hides TEXT NOT NULL) WITHOUT ROWID;
CREATE TRIGGER picture_deleted AFTER DELETE ON pictures BEGIN
    DELETE FROM hidden WHERE picture_id = OLD.id;
END;
""",
)
VERSION: Final = len(MIGRATIONS)
_OWN_IDS: Final = {("motions", "id"), ("ledger", "id")}
_LARGE: Final = "pictures"
"""Not looked through when the file is opened: that would read all of it. Every picture is checked
when it is opened, and what is damaged there is found then."""


class NewerError(Exception):
    """A later version of ours wrote the file."""


def version_of(connection: Connection) -> int:
    """Return how many steps a file has taken.

    Raises:
        NewerError: More than are known here.
    """
    version: int = connection.execute("PRAGMA user_version").fetchone()[0]
    if version > VERSION:
        raise NewerError
    return version


def migrate(connection: Connection) -> None:
    """Take the steps that are left, each wholly or not at all; every connection needs it."""
    # What the triggers call, and that they may.
    connection.create_function("public_visit_id", 1, visit_id, deterministic=True)
    connection.execute("PRAGMA trusted_schema = ON")
    for number in range(version_of(connection), VERSION):
        connection.executescript(
            f"BEGIN; {MIGRATIONS[number]} PRAGMA user_version = {number + 1}; COMMIT;"
        )


def damage_in(connection: Connection) -> str | None:
    """Return what is wrong with the tables, if anything is."""
    for table in tables(connection):
        if table != _LARGE:
            (health,) = connection.execute(f"PRAGMA quick_check('{table}')").fetchone()
            if health != "ok":
                return str(health)
    return None


def tables(connection: Connection) -> list[str]:
    """Return the names of all tables."""
    rows = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")
    return [name for (name,) in rows]


def copy(source: Connection, target: Connection) -> None:
    """Take over all rows into a file of the same version; what is there already stays."""
    for table in tables(source):
        # Row ids of these were given by each file for itself.
        names = [row[1] for row in source.execute(f"PRAGMA table_info({table})")]
        columns = ", ".join(one for one in names if (table, one) not in _OWN_IDS)
        rows = source.execute(f"SELECT {columns} FROM {table}").fetchall()  # noqa: S608
        marks = ", ".join("?" * (columns.count(",") + 1))
        target.executemany(f"REPLACE INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608
