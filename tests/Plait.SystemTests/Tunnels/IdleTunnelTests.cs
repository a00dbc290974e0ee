using System.Globalization;
using System.Net.Sockets;
using Plait.SystemTests.Doubles;
using Plait.SystemTests.Doubles.Tests;

namespace Plait.SystemTests.Tunnels;

/// <summary>
/// Idle connections of a tunnel cost their sockets and nothing more, and hinder no other. PLAIT_IDLE=4000 makes it 3,000 of them, under the
/// 20,000 descriptors that a process may have.
/// </summary>
public class IdleTunnelTests(ITestOutputHelper output)
{
    private const int ShortForm = 100;
    private const int LongForm = 3000;
    private const int AtATime = 20;
    private const int Descriptors = 20_000;
    private const double Budget = 6; // KiB for each, docs/performance.md

    // One from the application and one to the network; where programs are joined, two more for each of the two.
    private static int DescriptorsEach(TunnelForm form) => form == TunnelForm.InProcess ? 2 : 6;

    [Theory]
    [EachForm]
    public async Task Idle_ManyConnections_LiveSideBySide(TunnelForm form)
    {
        int count = int.TryParse(Environment.GetEnvironmentVariable("PLAIT_IDLE"), CultureInfo.InvariantCulture, out int asked)
            ? Math.Min(asked, LongForm) : ShortForm;
        await using EchoServer service = EchoServer.Start();
        await using TunnelPair pair = await TunnelPair.ServeAsync(form, "--forward", service.EndPoint.ToString());
        string entrance = pair.PathOf("near");
        await using RunningProgram near = RunningProgram.Start("/bin/sh", [
            "-c", "ulimit -n \"$0\" && exec \"$@\"", Descriptors.ToString(CultureInfo.InvariantCulture), PlaitProgram.Path,
            .. pair.Words("--listen", $"unix:{entrance}")]);
        await TunnelPair.ListensAsync(near);
        var idle = new List<Socket>();
        try
        {
            idle.AddRange(await OpenAsync(1)); // what is made once is made
            Dictionary<string, (int Id, long Memory, int Descriptors)> before = new[] { ("near", near.Id), ("far", pair.Far.Id) }.ToDictionary(
                end => end.Item1, end => (end.Item2, ProcessTree.ResidentBytes(end.Item2), ProcessTree.SocketsAndPipes(end.Item2)));
            while (idle.Count <= count)
            {
                idle.AddRange(await OpenAsync(AtATime));
            }

            int opened = idle.Count - 1;
            Assert.Equal(idle.Count, service.Open);
            foreach ((string end, (int id, long memory, int descriptors)) in before)
            {
                double each = (double)(ProcessTree.SocketsAndPipes(id) - descriptors) / opened;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{form}, {end} end, {opened} idle: {(ProcessTree.ResidentBytes(id) - memory) / 1024.0 / opened:0.0} KiB each of {Budget} KiB, {each:0.00} descriptors each"));
                if (end == "near")
                {
                    Assert.InRange(each, 1, DescriptorsEach(form) + 0.5);
                }
            }

            await Task.WhenAll(idle.Take(AtATime).Select(socket => PtPair.AssertEchoAsync(socket, 100_000))); // the oldest
            Assert.Empty(near.ErrorLines.Snapshot());
        }
        finally
        {
            idle.ForEach(socket => socket.Dispose());
        }

        await service.WaitForOpenAsync(0);

        async Task<Socket[]> OpenAsync(int together) => await Task.WhenAll(Enumerable.Range(0, together).Select(async _ =>
        {
            Socket socket = await TunnelPair.DialAsync(new UnixDomainSocketEndPoint(entrance));
            await PtPair.AssertEchoAsync(socket, 1);
            return socket;
        }));
    }
}
