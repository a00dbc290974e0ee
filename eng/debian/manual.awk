# Makes of a page of docs/ the Markdown from which lowdown makes a manual page: sections are named as manual pages name them,
# links within docs/ become plain text, and a table becomes a list, because a terminal has no room for its columns.
# Variables: name, summary.
function cells(line,   i, n) {
    gsub(/\\\|/, "\001", line)
    sub(/^\| */, "", line)
    sub(/ *\|[ \t]*$/, "", line)
    n = split(line, cell, / *\| */)
    for (i = 1; i <= n; i++) gsub(/\001/, "|", cell[i])
    return n
}
function sentence(text) { return text ~ /[.!?]$/ ? text : text "." }
function title(text) { gsub(/`/, "", text); return toupper(text) }

/^    / { print; next } # code
{
    # Only the text is kept: the pages stand beside each other on disk, not in a manual.
    while (match($0, /\]\([^)]*\)/)) {
        target = substr($0, RSTART + 2, RLENGTH - 3)
        before = substr($0, 1, RSTART - 1)
        start = length(before)
        while (start > 0 && substr(before, start, 1) != "[") start--
        text = substr(before, start + 1)
        if (target ~ /^https?:/) text = text " (" target ")"
        $0 = substr(before, 1, start - 1) text substr($0, RSTART + RLENGTH)
    }
}
NR == 1 { print "# NAME\n\n" name " - " summary "\n\n# DESCRIPTION"; next }
/^## / { print "# " title(substr($0, 4)); next }
/^### / { print "## " title(substr($0, 5)); next }
/^\|[- |]*$/ { next }
/^\|/ {
    columns = cells($0)
    if (!table) { # the head
        table = columns
        for (i = 1; i <= columns; i++) head[i] = cell[i]
        next
    }
    text = sentence(cell[2])
    for (i = 3; i <= columns; i++) if (cell[i] != "") text = text " " sentence(head[i] ": " cell[i])
    print cell[1] "\n: " text "\n"
    next
}
{ table = 0; print }
