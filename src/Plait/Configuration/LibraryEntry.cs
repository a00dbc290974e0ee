namespace Plait.Configuration;

/// <summary>Which transport of a shared library a plugin line means, and where it runs.</summary>
/// <param name="Symbol">The function that describes it (<c>include/plait_transport.h</c>): a C identifier.</param>
/// <param name="InProcess">It runs on a thread of Plait's own process, where a crash ends Plait. Otherwise in a process for this line.</param>
public sealed record LibraryEntry(string Symbol, bool InProcess);
