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
        if (RunOptions.Parse(args) is not { } options)
        {
            Console.Error.WriteLine(RunOptions.Usage);
            return 2;
        }

        if (options.Beside is { } beside && !File.Exists(beside))
        {
            Console.Error.WriteLine($"bench/run: there is no program at {beside}; --beside takes the path of another plait.");
            return 2;
        }

        return await Run.AllAsync(options);
}
