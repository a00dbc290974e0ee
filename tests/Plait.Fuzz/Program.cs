using System.Globalization;
using Plait.Fuzz;
using Plait.Fuzz.Engine;

// eng/fuzz --list | eng/fuzz TARGET[,TARGET...]|all MINUTES [SEED]
// Run by eng/fuzz, which says where the corpus is and where things go.

const string Usage = "usage: eng/fuzz --list, or eng/fuzz TARGET[,TARGET...]|all MINUTES [SEED]";

if (args is ["--list"])
{
    foreach (FuzzTarget target in Targets.All.Select(create => create()))
    {
        Console.WriteLine($"{target.Name}\n    {target.Invariant}");
    }

    return 0;
}

if (args is not [var names, var minutesText, .. var rest] || rest.Length > 1
    || !double.TryParse(minutesText, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

int seed = Environment.TickCount;
if (rest is [var seedText] && !int.TryParse(seedText, NumberStyles.None, CultureInfo.InvariantCulture, out seed))
{
    Console.Error.WriteLine(Usage);
    return 2;
}

List<FuzzTarget> targets = [];
foreach (string name in names.Split(','))
{
    FuzzTarget[] found = [.. Targets.All.Select(create => create()).Where(target => name == "all" || target.Name == name)];
    if (found.Length == 0)
    {
        Console.Error.WriteLine($"eng/fuzz: no target is called '{name}'; eng/fuzz --list names them");
        return 2;
    }

    targets.AddRange(found);
}

var session = new FuzzSession(
    corpus: Environment.GetEnvironmentVariable("PLAIT_FUZZ_CORPUS") ?? Path.Combine(AppContext.BaseDirectory, "fuzz-corpus"),
    output: Environment.GetEnvironmentVariable("PLAIT_FUZZ_OUTPUT") ?? Path.Combine(AppContext.BaseDirectory, "fuzz"),
    Console.Out);
return await session.RunAsync(targets, TimeSpan.FromMinutes(minutes / targets.Count), seed) ? 0 : 1;
