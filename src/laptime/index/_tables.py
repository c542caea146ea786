"""The tables of the index, and everything that is asked of them."""

from __future__ import annotations

NOTHING = """
DROP TABLE IF EXISTS state;
DROP TABLE IF EXISTS files;
DROP TABLE IF EXISTS bodies;
"""
TABLES = """
CREATE TABLE state (code TEXT, folder TEXT);
CREATE TABLE files (id INTEGER PRIMARY KEY, name BLOB UNIQUE, mtime_ns INTEGER, size INTEGER,
    inode TEXT, is_imported INTEGER, problem TEXT, machine_key TEXT, workload TEXT, engine TEXT,
    device TEXT, setup TEXT, precision TEXT, merit BLOB, created_s REAL);
CREATE TABLE bodies (id INTEGER PRIMARY KEY, body BLOB);
CREATE INDEX ways ON files (machine_key, workload, engine, device, setup, precision, name, merit,
    created_s) WHERE problem IS NULL;
CREATE INDEX problems ON files (name, problem) WHERE problem IS NOT NULL;
"""
KNOWN = "SELECT name, mtime_ns, size, inode, is_imported FROM files"
ADD_FILE = "INSERT INTO files VALUES (NULL, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_BODY = "INSERT INTO bodies VALUES (?, ?)"
DROP_BODY = "DELETE FROM bodies WHERE id = (SELECT id FROM files WHERE name = ?)"
DROP_FILE = "DELETE FROM files WHERE name = ?"
BODY = "SELECT body FROM bodies JOIN files USING (id) WHERE name = ?"
PROBLEMS = "SELECT problem FROM files WHERE problem IS NOT NULL ORDER BY name"
NEWEST = "SELECT name FROM files WHERE problem IS NULL ORDER BY name DESC LIMIT ?"
MACHINES = "SELECT max(name) FROM files WHERE problem IS NULL GROUP BY machine_key"
BEST_OF_MACHINES = """SELECT max(merit) FROM files WHERE problem IS NULL
    AND created_s BETWEEN ? AND ? GROUP BY machine_key, workload"""
BEST_OF_WAYS = """SELECT max(merit) FROM files WHERE problem IS NULL AND machine_key = ?
    AND created_s BETWEEN ? AND ? GROUP BY workload, engine, device, setup, precision"""
NEWEST_OF_WAYS = """SELECT max(name) FROM files WHERE problem IS NULL AND machine_key = ?
    AND created_s BETWEEN ? AND ? GROUP BY workload, engine, device, setup, precision
    ORDER BY workload, engine, device, setup, precision"""
WAYS = """SELECT workload, engine, device, setup, precision, count(*) FROM files
    WHERE problem IS NULL AND machine_key = ? AND created_s BETWEEN ? AND ?
    GROUP BY workload, engine, device, setup, precision"""
LAST_OF_WAY = """SELECT name FROM files WHERE problem IS NULL AND machine_key = ? AND workload = ?
    AND engine = ? AND device = ? AND setup = ? AND precision = ? AND created_s BETWEEN ? AND ?
    ORDER BY name DESC LIMIT ?"""
