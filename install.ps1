# Builds goseal from this clone and installs it, or shows its main job without installing anything.
# Needs Rust, git and a C compiler (Visual Studio Build Tools). Needs no administrator; prints what
# it changes. Mirrors install.sh function by function. Not tried yet: the crate that writes the disk is
# for Unix only so far, so the build stops there on Windows.
param(
    [switch]$Try,
    [string]$Prefix = (Join-Path $env:LOCALAPPDATA 'Programs\goseal'),
    [switch]$Help
)
$ErrorActionPreference = 'Stop'

function Show-Usage {
    @'
usage: .\install.ps1 [-Try | -Prefix DIR]

  -Try         build, and do the main job inside target\try: install the Go that examples\hello
               names, run the program through the shim, show the records. Nothing else is touched.
  -Prefix DIR  put goseal.exe and goseal-shim.exe into DIR\bin, then run `goseal init`
  -Help        this text
'@
}

function Stop-With([string]$Message) {
    [Console]::Error.WriteLine("install.ps1: $Message")
    exit 1
}

# Shows a command, then runs it.
function Invoke-Step([string]$Program, [string[]]$Arguments) {
    Write-Output ''
    Write-Output "> $Program $($Arguments -join ' ')"
    & $Program @Arguments
    if ($LASTEXITCODE -ne 0) { Stop-With "$Program ended with $LASTEXITCODE" }
}

function Test-Tools {
    foreach ($tool in 'cargo', 'rustc') {
        if (-not (Get-Command $tool -ErrorAction SilentlyContinue)) {
            Stop-With "$tool is not on PATH: install Rust"
        }
    }
}

function Get-HostTarget {
    (rustc -vV | Select-String '^host: (.*)$').Matches[0].Groups[1].Value
}

# Builds into the folder: the program, then the shim by an invocation of its own, with the C library
# linked in.
function Build-Both([string]$Folder) {
    $target = Get-HostTarget
    Invoke-Step 'cargo' @('build', '--release', '--locked', '-p', 'goseal', '--target-dir', $Folder)
    $flags = $env:RUSTFLAGS
    try {
        $env:RUSTFLAGS = "$flags -C target-feature=+crt-static"
        Invoke-Step 'cargo' @('build', '--release', '--locked', '-p', 'goseal-shim',
            '--target-dir', $Folder, '--target', $target)
    } finally {
        $env:RUSTFLAGS = $flags
    }
    $script:Files = @(
        (Join-Path $Folder 'release\goseal.exe'),
        (Join-Path $Folder "$target\release\goseal-shim.exe")
    )
}

function Copy-Both([string]$Folder) {
    New-Item -ItemType Directory -Force -Path $Folder | Out-Null
    foreach ($file in $script:Files) {
        Copy-Item -Force $file $Folder
        Write-Output "wrote $(Join-Path $Folder (Split-Path -Leaf $file))"
    }
}

function Install-ForGood([string]$Folder) {
    $bin = Join-Path $Folder 'bin'
    Copy-Both $bin
    Invoke-Step (Join-Path $bin 'goseal.exe') @('init')
    if (($env:PATH -split ';') -notcontains $bin) { Write-Output "$bin is not on PATH" }
}

# The main job in a folder of its own.
function Invoke-Try([string]$Folder, [string]$Clone) {
    $bin = Join-Path $Folder 'bin'
    $hello = Join-Path $Folder 'hello'
    Copy-Both $bin
    New-Item -ItemType Directory -Force -Path $hello | Out-Null
    Get-ChildItem -Force -File (Join-Path $Clone 'examples\hello') | Copy-Item -Force -Destination $hello
    $before = @{ home = $env:GOSEAL_HOME; path = $env:PATH; gopath = $env:GOPATH }
    try {
        $env:GOSEAL_HOME = Join-Path $Folder 'home'
        $env:GOPATH = Join-Path $Folder 'gopath'
        $env:PATH = "$(Join-Path $env:GOSEAL_HOME 'shims');$bin;$env:PATH"
        Push-Location $hello
        Invoke-Step 'goseal' @('init', '--no-profile')
        Invoke-Step 'goseal' @('install')
        Invoke-Step 'goseal' @('current')
        Invoke-Step 'go' @('version')
        Invoke-Step 'go' @('run', '.')
        Invoke-Step 'goseal' @('audit', 'show', '--last', '2')
        Invoke-Step 'goseal' @('audit', 'verify')
    } finally {
        Pop-Location
        $env:GOSEAL_HOME = $before.home
        $env:PATH = $before.path
        $env:GOPATH = $before.gopath
    }
}

function Main {
    if ($Help) { Show-Usage; return }
    $clone = $PSScriptRoot
    $target = if ($env:CARGO_TARGET_DIR) { $env:CARGO_TARGET_DIR } else { Join-Path $clone 'target' }
    Push-Location $clone
    try {
        Test-Tools
        Build-Both $target
        if ($Try) { Invoke-Try (Join-Path $clone 'target\try') $clone } else { Install-ForGood $Prefix }
    } finally {
        Pop-Location
    }
}

Main
