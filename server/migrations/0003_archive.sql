-- Responses that were moved to an archive, by the hash of their key: read again, they do not come back.
CREATE TABLE archived (
    hash INTEGER PRIMARY KEY
);
