using System.Net;
using Plait.SystemTests.Packaging;

namespace Plait.SystemTests.Doubles;

/// <summary>
/// Two networks of their own, each with a loopback, joined by a cable: network namespaces (network_namespaces(7)) and a pair of veth(4). They
/// live as long as a process that waits in each.
/// </summary>
internal sealed class TwoNetworks : IAsyncDisposable
{
    private readonly RunningProgram _near;
    private readonly RunningProgram _far;

    private TwoNetworks(RunningProgram near, RunningProgram far)
    {
        (_near, _far) = (near, far);
    }

    /// <summary>The address of the near network at the cable.</summary>
    public static IPAddress NearAddress { get; } = IPAddress.Parse("10.77.0.1");

    /// <summary>That of the far one.</summary>
    public static IPAddress FarAddress { get; } = IPAddress.Parse("10.77.0.2");

    /// <summary>Makes them. Where the system does not allow that the test is skipped, with the reason.</summary>
    public static async Task<TwoNetworks> CreateAsync()
    {
        string unshare = Programs.Require("unshare"), ip = Programs.Require("ip");
        Programs.Require("nsenter");
        string[] waits = ["--net", "/bin/sh", "-c", $"{ip} link set lo up && echo up && exec sleep infinity"];
        RunningProgram near = RunningProgram.Start(unshare, waits), far = RunningProgram.Start(unshare, waits);
        var networks = new TwoNetworks(near, far);
        try
        {
            foreach (RunningProgram end in new[] { near, far })
            {
                Task up = end.Lines.WaitForCountAsync(1);
                if (await Task.WhenAny(up, end.StreamsEnded) != up)
                {
                    Assert.Skip($"no network namespace can be made: {string.Join(' ', end.ErrorLines)}");
                }
            }

            await using (RunningProgram cable = networks.StartNear(ip, ["link", "add", "near", "type", "veth", "peer", "name", "far", "netns", $"{far.Id}"]))
            {
                if (await cable.WaitForExitAsync() != 0)
                {
                    await cable.StreamsEnded;
                    Assert.Skip($"no veth can be made: {string.Join(' ', cable.ErrorLines)}");
                }
            }

            await networks.RunNearAsync(ip, "address", "add", $"{NearAddress}/24", "dev", "near");
            await networks.RunFarAsync(ip, "address", "add", $"{FarAddress}/24", "dev", "far");
            await networks.RunNearAsync(ip, "link", "set", "near", "up");
            await networks.RunFarAsync(ip, "link", "set", "far", "up");
            return networks;
        }
        catch
        {
            await networks.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a program in the near network.</summary>
    public RunningProgram StartNear(string program, params string[] arguments) => Start(_near, program, arguments);

    /// <summary>Starts a program in the far network.</summary>
    public RunningProgram StartFar(string program, params string[] arguments) => Start(_far, program, arguments);

    /// <summary>Runs a program to its end in the near network.</summary>
    public Task<IReadOnlyList<string>> RunNearAsync(string program, params string[] arguments) => RunAsync(_near, program, arguments);

    /// <summary>Runs a program to its end in the far network.</summary>
    public Task<IReadOnlyList<string>> RunFarAsync(string program, params string[] arguments) => RunAsync(_far, program, arguments);

    /// <summary>Pulls the cable out: the near network has no way to the far one.</summary>
    public Task CutAsync() => RunNearAsync(Programs.Require("ip"), "link", "set", "near", "down");

    /// <summary>Puts it back.</summary>
    public Task MendAsync() => RunNearAsync(Programs.Require("ip"), "link", "set", "near", "up");

    public async ValueTask DisposeAsync()
    {
        await _near.DisposeAsync();
        await _far.DisposeAsync();
    }

    private static RunningProgram Start(RunningProgram end, string program, string[] arguments) =>
        RunningProgram.Start(Programs.Require("nsenter"), Words(end, program, arguments));

    private static Task<IReadOnlyList<string>> RunAsync(RunningProgram end, string program, string[] arguments) =>
        Tool.RunAsync(Programs.Require("nsenter"), Words(end, program, arguments));

    private static string[] Words(RunningProgram end, string program, string[] arguments) =>
        [$"--net=/proc/{end.Id}/ns/net", program, .. arguments]; // it becomes the program, so signals reach that
}
