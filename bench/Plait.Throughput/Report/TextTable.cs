namespace Plait.Throughput.Report;

/// <summary>A table for the terminal and for Markdown alike.</summary>
/// <param name="Title">Above it.</param>
/// <param name="Heads">Of the columns; all but the first hold figures.</param>
/// <param name="Rows">As many cells each as there are heads.</param>
/// <param name="Limits">What limits its rows: a sentence or more.</param>
internal sealed record TextTable(string Title, string[] Heads, IReadOnlyList<string[]> Rows, string Limits);
