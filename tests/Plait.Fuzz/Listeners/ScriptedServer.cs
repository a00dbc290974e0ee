namespace Plait.Fuzz.Listeners;

/// <summary>A server of ours that for once plays a script.</summary>
internal static class ScriptedServer
{
    /// <summary>Plays the script on the next connection.</summary>
    /// <returns>Completes when that connection comes; what it gives completes when the script is over.</returns>
    internal static Task<Task> PlayOnce(LoopbackServer server, Attack attack, IReadOnlyList<AttackStep> steps)
    {
        var came = new TaskCompletionSource<Task>(TaskCreationOptions.RunContinuationsAsynchronously);
        server.Once(socket =>
        {
            Task played = attack.PlayAsync(steps, socket);
            came.SetResult(played);
            return Task.WhenAny(played); // its failure is for the caller that awaits the script
        });
        return came.Task;
    }
}
