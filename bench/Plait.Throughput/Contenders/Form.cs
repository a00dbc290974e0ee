namespace Plait.Throughput.Contenders;

/// <summary>One form of Plait that is measured: the published program, or another beside it.</summary>
/// <param name="Name">Its name in the tables.</param>
/// <param name="Program">The path of its program.</param>
internal sealed record Form(string Name, string Program)
{
    /// <summary>The name of the published program.</summary>
    internal const string Published = "Plait";

    /// <summary>The published program, and the other one if there is one.</summary>
    internal static IReadOnlyList<Form> All(string? beside) =>
    [
        new(Published, Programs.Plait),
        .. beside is null ? Array.Empty<Form>() : [new("the old form", beside)],
    ];
}
