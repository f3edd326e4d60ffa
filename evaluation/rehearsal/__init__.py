"""Scripted leads talk to the real stack through the simulator, and the database's end state is graded.

cast.py      who they are: wish, language, patience, what they know, how they write, what surprises they hold
lines.py     what people say, from lines/*.yaml: words of their own, never the product's phrase data
lead.py      one lead's mind: reads our reply as a person would, and says what it does next
office.py    the agency in the real stack: agents, hours, and the leads it once had
play.py      lets the leads talk
record.py    reads the end state
grading.py   what is right and wrong about it
report.py    JSON and one HTML page with the transcripts that went wrong
run.py       all of it: `make eval ARGS="--rehearsal 500 --seed 1"`
"""
