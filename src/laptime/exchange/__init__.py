"""What goes out to others and comes in from them.

`envelope` is the document that holds results, `private` cleans it before it leaves, `sending` hands it
to one of the `exporters` in a process of its own, `incoming` judges what somebody else wrote, and
`schema` publishes the format.
"""
