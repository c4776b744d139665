"""What turns a .tflite file into a `Network`: needed while `load` runs, and dropped after it where memory is small.

Nothing that outlives `load` may refer to anything in here.
"""
