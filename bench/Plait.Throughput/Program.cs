using System.Net;
using Plait.Throughput;
using Plait.Throughput.Modes;

if (!OperatingSystem.IsLinux())
{
    Console.Error.WriteLine("The throughput program needs Linux: it reads /proc and its relays splice.");
    return 2;
}

// The first is hidden: a process that is measured, started by the second.
switch (args)
{
    case ["relay", var target]:
        await OwnRelay.RunAsync(IPEndPoint.Parse(target));
        return 0;
    default:
        string[] sections = [.. args.Where(word => word != "--quick")];
        if (sections.Except(Run.Sections).Any())
        {
            Console.Error.WriteLine($"usage: bench/run [--quick] [SECTION...]; sections: {string.Join(' ', Run.Sections)}");
            return 2;
        }

        return await Run.AllAsync(quick: args.Contains("--quick"), sections);
}
