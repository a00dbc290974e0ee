using System.Globalization;
using Plait.Fuzz;
using Plait.Fuzz.Engine;

// Run by eng/fuzz, which says where the corpus is and where things go.

const string Usage = """
    usage: eng/fuzz --list
           eng/fuzz TARGET[,TARGET...]|all MINUTES [SEED]
           eng/fuzz --adopt TARGET[,TARGET...]|all COUNT
    """;

var session = new FuzzSession(
    corpus: Environment.GetEnvironmentVariable("PLAIT_FUZZ_CORPUS") ?? Path.Combine(AppContext.BaseDirectory, "corpus"),
    output: Environment.GetEnvironmentVariable("PLAIT_FUZZ_OUTPUT") ?? Path.Combine(AppContext.BaseDirectory, "fuzz"),
    Console.Out);
switch (args)
{
    case ["--list"]:
        Targets.Create("all").ForEach(target => Console.WriteLine($"{target.Name}\n    {target.Invariant}"));
        return 0;
    case ["--adopt", var names, var count] when TryReadNumber(count, out int most):
        return await WithTargetsAsync(names, async targets =>
        {
            foreach (FuzzTarget target in targets)
            {
                await using (target)
                {
                    session.Adopt(target, most);
                }
            }

            return 0;
        });
    case [var names, var time, .. { Length: <= 1 } rest]
        when double.TryParse(time, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double minutes):
        int seed = Environment.TickCount & int.MaxValue;
        return rest is [var text] && !TryReadNumber(text, out seed)
            ? Misused()
            : await WithTargetsAsync(names, async targets =>
                await session.RunAsync(targets, TimeSpan.FromMinutes(minutes / targets.Count), seed) ? 0 : 1);
    default:
        return Misused();
}

static bool TryReadNumber(string text, out int number) =>
    int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);

static int Misused()
{
    Console.Error.WriteLine(Usage);
    return 2;
}

static async Task<int> WithTargetsAsync(string names, Func<List<FuzzTarget>, Task<int>> run)
{
    List<FuzzTarget> targets = [];
    foreach (string name in names.Split(','))
    {
        List<FuzzTarget> found = Targets.Create(name);
        if (found.Count == 0)
        {
            Console.Error.WriteLine($"eng/fuzz: no target is called '{name}'; eng/fuzz --list names them");
            return 2;
        }

        targets.AddRange(found);
    }

    return await run(targets);
}
