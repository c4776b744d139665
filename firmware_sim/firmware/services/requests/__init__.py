"""What hosts ask for: a file a concern, a function a request, `table.HANDLERS` for all of them.

A handler takes the session and the fields of the request. It returns an error code to acknowledge the request with,
None where it has answered otherwise, or `AFTER_QUEUED`.
"""

from micropython import const

#: Acknowledge no error, once all that is queued now has been sent or has given way.
AFTER_QUEUED = const(-1)
